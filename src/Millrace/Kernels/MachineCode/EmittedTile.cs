using System.Runtime.InteropServices;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>The emitted code of a format: made when its first matrix is, compared with plain C#, and not used if a single bit differs.</summary>
static unsafe class EmittedTile<TFormat>
    where TFormat : struct, IBlockFormat
{
    /// <summary>How far ahead memory is asked for codes: as the other kernels that read two panels do.</summary>
    public const int AheadBytes = 3072;

    /// <summary>What is the same in the arguments of every call.</summary>
    public static readonly TileArguments Constants = MakeConstants();

    /// <summary>Functions of <see cref="TileArguments"/>*, [tokens - 1]: those that ask memory for later columns, then those that do not. Null where there are none.</summary>
    public static readonly nint* Functions = EmittedCode.IsUsed ? Make() : null;

    static readonly bool Passed = Functions != null && Check();

    /// <summary>Whether there is code for the format. The first to ask makes it.</summary>
    public static bool Exists => Passed;

    static bool HasTable => TFormat.Value(1) - TFormat.Value(0) != 1 || TFormat.Value(15) - TFormat.Value(0) != 15;

    // Planes are powers of two of bits: the largest, and the rest.
    static TileShape Shape(int tokens, int ahead)
    {
        int bits = TFormat.CodeBytes / TileCode.Line, first = 1 << int.Log2(bits);
        return new TileShape(first, bits - first, bits == 4 && HasTable, 16 * TFormat.ScalePieces, TFormat.UnitPieces == 16, TFormat.HasMins, tokens, ahead);
    }

    static TileArguments MakeConstants()
    {
        TileShape shape = Shape(1, 0);
        TileArguments constants = new()
        {
            Mask = ((1u << shape.Bits) - 1) * 0x01010101,
            HighMask = ((1u << shape.HighBits) - 1 << shape.Bits) * 0x01010101,
        };
        for (int code = 0; code < 16; code++)
        {
            constants.Table[code] = (byte)(TFormat.Value(code) + TFormat.Offset);
        }

        return constants;
    }

    static nint* Make()
    {
        Assembler code = new();
        int[] begins = new int[2 * TileCode.MaxTokens];
        for (int i = 0; i < begins.Length; i++)
        {
            code.Align();
            begins[i] = code.Position;
            TileCode.Emit(code, Shape(i % TileCode.MaxTokens + 1, i < TileCode.MaxTokens ? AheadBytes : 0));
        }

        byte* pages = CodePages.Place(code.Code);
        if (pages == null)
        {
            EmittedCode.Fail("none: the system lets no written page be executed");
            return null;
        }

        nint* functions = (nint*)NativeMemory.Alloc((nuint)(begins.Length * sizeof(nint)));
        for (int i = 0; i < begins.Length; i++)
        {
            functions[i] = (nint)(pages + begins[i]);
        }

        return functions;
    }

    static bool Check()
    {
        bool passed = EmittedCheck<TFormat>.Passes(Functions);
        if (!passed)
        {
            EmittedCode.Fail($"off: products of {TFormat.Type} differ from those of plain C#");
        }

        return passed;
    }
}
