using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

/// <summary>The emitted code of a format: made when its first matrix is, compared with plain C#, and not used if a single bit differs.</summary>
static unsafe class EmittedFunctions<TFormat>
    where TFormat : struct, IBlockFormat
{
    /// <summary>What registers keep, as <see cref="ProductArguments.Constants"/> wants it.</summary>
    public static readonly byte* Constants = (byte*)NativeMemory.AllocZeroed(LaneConstants.Most * 16);

    /// <summary>How many functions there are.</summary>
    public static readonly int Count = ProductShape.Count(ProductCode<TFormat>.HasPairs);

    /// <summary>Functions of <see cref="ProductArguments"/>*, each at the index of its <see cref="ProductShape"/>. Null where there are none.</summary>
    public static readonly nint* Functions = EmittedCode.IsUsed ? Make() : null;

    /// <summary>Whether there is code for the format. The first to ask makes it.</summary>
    public static readonly bool Exists = Functions != null && Check();

    static nint* Make()
    {
        Assembler code = new();
        LaneConstants constants = new();
        ProductCode<TFormat>.Emit(new Assembler(), constants, ProductShape.At(0)); // finds them
        for (int i = 0; i < constants.Values.Count; i++)
        {
            constants.Values[i].Store(Constants + 16 * i);
        }

        int[] begins = new int[Count];
        for (int i = 0; i < begins.Length; i++)
        {
            code.Align();
            begins[i] = code.Position;
            ProductCode<TFormat>.Emit(code, constants, ProductShape.At(i));
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
