using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>The emitted code of a format: made when its first matrix is, compared with plain C#, and not used if a single bit differs.</summary>
static unsafe class EmittedTile<TFormat>
    where TFormat : struct, IBlockFormat
{
    /// <summary>What is the same in the arguments of every call.</summary>
    public static readonly TileArguments Constants = MakeConstants();

    /// <summary>What registers the code for few tokens keeps, as <see cref="VectorArguments.Constants"/> wants it.</summary>
    public static readonly byte* VectorConstants = (byte*)NativeMemory.AllocZeroed(LaneConstants.Most * 16);

    /// <summary>Functions of one panel, which ask memory for later columns: of <see cref="VectorArguments"/>* up to <see cref="VectorCode{TFormat}.MaxTokens"/> tokens, of <see cref="TileArguments"/>* up to 8. Then those of two panels, which do not ask; and that of two panels and 8 tokens which does. Null where there are none.</summary>
    public static readonly nint* Functions = EmittedCode.IsUsed ? Make() : null;

    /// <summary>Where in <see cref="Functions"/> those of two panels begin, and the last one stands, and how many there are.</summary>
    public const int TwoPanels = TileCode.MaxTokens, TwoPanelsAhead = 2 * TileCode.MaxTokens, Count = 2 * TileCode.MaxTokens + 1;

    /// <summary>Whether there is code for the format. The first to ask makes it.</summary>
    public static readonly bool Exists = Functions != null && Check();

    /// <summary>How far ahead memory is asked for codes, in bytes of a panel: whole spans, so that codes are met again; less where two panels are read at once.</summary>
    public static int AheadOf(int panels)
    {
        int least = panels == 1 ? 8192 : 3072;
        return (least - 1 + PanelLayout<TFormat>.SpanBytes) / PanelLayout<TFormat>.SpanBytes * PanelLayout<TFormat>.SpanBytes;
    }

    static bool HasTable => TFormat.Value(1) - TFormat.Value(0) != 1 || TFormat.Value(15) - TFormat.Value(0) != 15;

    // Planes are powers of two of bits: the largest, and the rest.
    static TileShape Shape(int panels, int tokens, int ahead)
    {
        int bits = TFormat.CodeBytes / TileCode.Line, first = 1 << int.Log2(bits);
        return new TileShape(first, bits - first, bits == 4 && HasTable, 16 * TFormat.ScalePieces, TFormat.UnitPieces == 16, TFormat.HasMins, panels, tokens, ahead);
    }

    static TileArguments MakeConstants()
    {
        TileShape shape = Shape(1, 1, 0);
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
        LaneConstants constants = new();
        VectorCode<TFormat>.Emit(new Assembler(), constants, 1); // finds them
        for (int i = 0; i < constants.Values.Count; i++)
        {
            constants.Values[i].Store(VectorConstants + 16 * i);
        }

        int[] begins = new int[Count];
        for (int i = 0; i < begins.Length; i++)
        {
            code.Align();
            begins[i] = code.Position;
            if (i < VectorCode<TFormat>.MaxTokens)
            {
                VectorCode<TFormat>.Emit(code, constants, i + 1);
                continue;
            }

            TileCode.Emit(code, i switch
            {
                < TwoPanels => Shape(1, i + 1, AheadOf(1)),
                < TwoPanelsAhead => Shape(2, i - TwoPanels + 1, 0),
                _ => Shape(2, TileCode.MaxTokens, AheadOf(2)),
            });
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
