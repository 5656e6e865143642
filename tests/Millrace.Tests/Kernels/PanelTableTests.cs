using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

public class PanelTableTests
{
    /// <summary>Files of panels outlive the program that made them. Where this fails, panels lie otherwise than before: raise PanelTable.LayoutVersion, and put the new number here.</summary>
    [Fact]
    public void The_layout_is_the_one_that_its_version_stands_for()
    {
        ulong all = 0;
        foreach (WeightType type in WeightTypes.All)
        {
            int columns = type.BlockLength == 1 ? 352 : type.BlockLength * 3;
            using WeightMatrix matrix = WeightMatrix.Load(type, 21, columns, Products.Rows(type, 21, columns, 7));
            all = ulong.RotateLeft(all, 7) ^ Checksum.Of(matrix.PanelBytes(0, (int)matrix.Bytes));
        }

        Assert.Equal(15947090975621831068UL, all);
    }

    [Fact]
    public void Any_changed_bit_changes_the_checksum()
    {
        byte[] bytes = new byte[192];
        new Random(1).NextBytes(bytes);
        ulong sum = Checksum.Of(bytes);
        for (int bit = 0; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
            Assert.NotEqual(sum, Checksum.Of(bytes));
            bytes[bit / 8] ^= (byte)(1 << bit % 8);
        }

        Assert.NotEqual(sum, Checksum.Of(bytes.AsSpan(0, 128)));
    }
}
