using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Millrace.Formats;
using Millrace.Kernels.Blocks;
using Millrace.Kernels.MachineCode;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels;

/// <summary>A matrix of blocks of integers.</summary>
sealed unsafe class BlockMatrix<TFormat>(int rows, int columns) : WeightMatrix(rows, columns, PanelLayout<TFormat>.Bytes(columns))
    where TFormat : struct, IBlockFormat
{
    /// <inheritdoc/>
    public override WeightType Type => TFormat.Type;

    private protected override KernelPath Path(int tokens)
    {
        KernelPath path = base.Path(tokens);
        return path == KernelPath.Avx512Vnni && !EmittedTile<TFormat>.Exists ? KernelPath.Avx512 : path;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override bool PutRow(byte* panel, int row, byte* from)
    {
        WeightUnit weights;
        byte* pair = stackalloc byte[32];
        bool finite = true;
        int length = 16 * TFormat.UnitPieces;
        for (int unit = 0; unit < Columns / length; unit++)
        {
            TFormat.Read(from, unit, &weights);
            finite &= float.IsFinite(TFormat.Scale(weights.Scale)) && (!TFormat.HasMins || float.IsFinite(HalfBits.FromHalf(weights.Min)));

            TFormat.PutScales(panel + PanelLayout<TFormat>.Scales(unit, Columns), row, &weights);
            if (length >= 32)
            {
                for (int k = 0; k < length; k += 32)
                {
                    TFormat.PutCodes(panel + PanelLayout<TFormat>.Codes(unit * length + k), row, weights.Codes + k);
                }
            }
            else
            {
                // A unit of 16 fills half of what is put at once.
                ulong* half = (ulong*)(pair + unit % 2 * 16);
                half[0] = ((ulong*)weights.Codes)[0];
                half[1] = ((ulong*)weights.Codes)[1];
                if (unit % 2 == 1)
                {
                    TFormat.PutCodes(panel + PanelLayout<TFormat>.Codes(unit * length), row, pair);
                }
            }
        }

        return finite;
    }

    private protected override void ReadRow(byte* panel, int row, float* to)
    {
        WeightUnit weights;
        int length = 16 * TFormat.UnitPieces;
        for (int unit = 0; unit < Columns / length; unit++, to += length)
        {
            ScalarBlockKernel<TFormat>.Get(panel, Columns, row, unit, &weights);
            float scale = TFormat.Scale(weights.Scale);
            float min = TFormat.HasMins ? HalfBits.FromHalf(weights.Min) : 0;
            for (int k = 0; k < length; k++)
            {
                float product = scale * weights.SubScales[k / 16] * TFormat.Value(weights.Codes[k]);
                to[k] = !TFormat.HasMins ? product
                    : TFormat.UnitPieces == 16 ? product - min * weights.SubMins[k / 16]
                    : product + min;
            }
        }
    }

    private protected override void Run(KernelPath path, in Product product)
    {
        switch (path)
        {
            case KernelPath.Avx2: TileRunner<BlockTiles<TFormat, Lanes256, ShortSums<Lanes256, Vector256<byte>>, Vector256<byte>, Two>, Lanes256, Vector256<byte>, Two>.Run(product); break;
            case KernelPath.AvxVnni: TileRunner<BlockTiles<TFormat, Lanes256, IntSums256, Vector256<byte>, Two>, Lanes256, Vector256<byte>, Two>.Run(product); break;
            case KernelPath.Avx512Vnni: EmittedRunner<TFormat>.Run(product, EmittedTile<TFormat>.Functions); break;
            case KernelPath.Avx512: TileRunner<BlockTiles<TFormat, Lanes512, ShortSums<Lanes512, Vector512<byte>>, Vector512<byte>, Two>, Lanes512, Vector512<byte>, Two>.Run(product); break;
            default: ScalarBlockKernel<TFormat>.Run(product); break;
        }
    }
}
