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
        return path == KernelPath.Avx512Vnni && !EmittedFunctions<TFormat>.Exists ? KernelPath.Avx512 : path;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private protected override bool PutRows(byte* panel, byte* rows, int count)
    {
        // Four rows at a time; rows that are not there have codes of 0. Codes are put 32 at a time: units of 16 wait for their odd neighbours.
        WeightUnit* units = stackalloc WeightUnit[4], odd = stackalloc WeightUnit[4];
        bool finite = true;
        nint rowBytes = (nint)TFormat.Type.RowBytes(Columns);
        int length = 16 * TFormat.UnitPieces;
        for (int row = 0; row < count; row += 4, rows += 4 * rowBytes)
        {
            int some = Math.Min(4, count - row);
            new Span<WeightUnit>(units, 4).Clear();
            new Span<WeightUnit>(odd, 4).Clear();
            for (int unit = 0; unit < Columns / length; unit++)
            {
                WeightUnit* to = length < 32 && unit % 2 == 1 ? odd : units;
                byte* scales = panel + PanelLayout<TFormat>.Scales(unit, Columns);
                for (int i = 0; i < some; i++)
                {
                    TFormat.Read(rows + i * rowBytes, unit, to + i);
                    finite &= TFormat.IsFinite(to[i].Scale) & (!TFormat.HasMins || HalfBits.IsFinite(to[i].Min));
                    TFormat.PutScales(scales, row + i, to + i);
                }

                byte* codes = units->Codes;
                if (length < 32 && unit % 2 == 1)
                {
                    TFormat.PutCodes(panel + PanelLayout<TFormat>.Codes(unit * length), row, CodeGroups.Load(codes, odd->Codes, sizeof(WeightUnit)));
                }

                for (int k = 0; length >= 32 && k < length; k += 32)
                {
                    TFormat.PutCodes(panel + PanelLayout<TFormat>.Codes(unit * length + k), row, CodeGroups.Load(codes + k, codes + k + 16, sizeof(WeightUnit)));
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
            case KernelPath.Avx512Vnni: EmittedRunner<TFormat>.Run(product, EmittedFunctions<TFormat>.Functions); break;
            case KernelPath.Avx512: TileRunner<BlockTiles<TFormat, Lanes512, ShortSums<Lanes512, Vector512<byte>>, Vector512<byte>, Two>, Lanes512, Vector512<byte>, Two>.Run(product); break;
            default: ScalarBlockKernel<TFormat>.Run(product); break;
        }
    }
}
