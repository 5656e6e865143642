using System.Diagnostics.CodeAnalysis;
using System.Runtime.Intrinsics;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels.MachineCode;

/// <summary>The name of a 512-bit register of code that is being written.</summary>
readonly record struct Register(int Number);

/// <summary>Constants of 128 bits, repeated in a register each, that the functions of a format share: the last register holds the first.</summary>
sealed class LaneConstants
{
    /// <summary>There are no more.</summary>
    public const int Most = 8;

    const int LastRegister = 31;

    readonly List<Vector128<byte>> _values = [];

    /// <summary>The constants.</summary>
    public IReadOnlyList<Vector128<byte>> Values => _values;

    /// <summary>The register of the constant of an index.</summary>
    public static int RegisterOf(int index) => LastRegister - index;

    /// <summary>The register of a constant.</summary>
    public Register this[Vector128<byte> value]
    {
        get
        {
            int index = _values.IndexOf(value);
            if (index < 0)
            {
                index = _values.Count;
                ArgumentOutOfRangeException.ThrowIfEqual(index, Most);
                _values.Add(value);
            }

            return new Register(RegisterOf(index));
        }
    }
}

/// <summary>Where the operations of <see cref="WrittenLanes"/> are written to.</summary>
sealed class LaneWriter(Assembler code, LaneConstants constants)
{
    /// <summary>The first register for what is computed on the way.</summary>
    public const int First = 16;

    readonly List<(Address From, int Register)> _loaded = [];
    int _free = First, _kept = First;

    /// <summary>The writer of this thread.</summary>
    [ThreadStatic]
    public static LaneWriter? Current;

    /// <summary>The code.</summary>
    public Assembler Code => code;

    /// <summary>The constants.</summary>
    public LaneConstants Constants => constants;

    /// <summary>The register that addresses count from: an operand's address is its distance.</summary>
    public Gpr Base { get; set; }

    /// <summary>A register that is added, if any.</summary>
    public Gpr? Index { get; set; }

    /// <summary>The next free register. Set back to what it was, those taken since are free again.</summary>
    public int Free
    {
        get => _free;
        set
        {
            _free = value;
            _kept = Math.Min(_kept, value);
            _loaded.RemoveAll(line => line.Register >= value);
        }
    }

    /// <summary>Takes a register.</summary>
    public int Take() => _free <= LaneConstants.RegisterOf(constants.Values.Count) ? _free++ : throw new InvalidOperationException("no register is left");

    /// <summary>Registers taken so far are read more than once.</summary>
    public void Keep() => _kept = _free;

    /// <summary>A register for what is computed from another: that itself, if it is an intermediate result, which formats read once.</summary>
    public int TakeFor(Register from) =>
        from.Number >= _kept && from.Number < _free && !_loaded.Exists(line => line.Register == from.Number) ? from.Number : Take();

    /// <summary>A register that holds the line at a distance from the base: one that was loaded before if it is not free again.</summary>
    public int Load(int distance)
    {
        Address from = new(Base, distance, Index);
        int index = _loaded.FindIndex(line => line.From == from);
        if (index >= 0)
        {
            return _loaded[index].Register;
        }

        int register = Take();
        code.Load(register, from);
        _loaded.Add((from, register));
        return register;
    }
}

/// <summary>Operations on 16 lanes that are not done but written down as machine code. A format that says by them how codes and scales come out of a panel has thereby said it for emitted code too.</summary>
readonly unsafe struct WrittenLanes : ICodeLanes<Register>
{
    static LaneWriter Writer => LaneWriter.Current!;

    static Assembler Code => Writer.Code;

    public static Register Load(void* from)
    {
        return new Register(Writer.Load((int)(nint)from));
    }

    public static Register Bytes(byte value) => Writer.Constants[Vector128.Create(value)];

    public static Register Ints(int value) => Writer.Constants[Vector128.Create(value).AsByte()];

    public static Register Floats(float value) => Writer.Constants[Vector128.Create(value).AsByte()];

    public static Register Table(Vector128<byte> table) => Writer.Constants[table];

    public static Register And(Register a, Register b)
    {
        Register to = For(a);
        Code.And(to.Number, a.Number, b.Number);
        return to;
    }

    public static Register Or(Register a, Register b)
    {
        Register to = For(a);
        Code.Or(to.Number, a.Number, b.Number);
        return to;
    }

    public static Register OrAnd(Register a, Register b, Register mask)
    {
        Code.OrAnd(a.Number, b.Number, mask.Number); // a is its own result
        return a;
    }

    public static Register ShiftRight(Register a, [ConstantExpected] byte bits) => ShiftRightBy(a, bits);

    public static Register ShiftLeft(Register a, [ConstantExpected] byte bits) => ShiftRightBy(a, -bits);

    public static Register ShiftRightBy(Register a, int bits)
    {
        if (bits == 0)
        {
            return a;
        }

        Register to = For(a);
        Code.Shift(to.Number, a.Number, bits);
        return to;
    }

    public static Register Lookup(Register table, Register index)
    {
        Register to = For(index);
        Code.Lookup(to.Number, table.Number, index.Number);
        return to;
    }

    public static Register ShiftIntsLeft(Register a, [ConstantExpected] byte bits)
    {
        Register to = For(a);
        Code.ShiftIntsLeft(to.Number, a.Number, bits);
        return to;
    }

    public static Register MaxInts(Register a, Register b)
    {
        Register to = For(a);
        Code.MaxInts(to.Number, a.Number, b.Number);
        return to;
    }

    public static Register SignedBytes(byte* from)
    {
        Register to = Take();
        Code.SignedBytes(to.Number, At(from));
        return to;
    }

    public static Register UnsignedBytes(byte* from)
    {
        Register to = Take();
        Code.UnsignedBytes(to.Number, At(from));
        return to;
    }

    public static Register SignedShorts(byte* from)
    {
        Register to = Take();
        Code.SignedShorts(to.Number, At(from));
        return to;
    }

    public static Register Multiply(Register a, Register b)
    {
        Register to = For(a);
        Code.Multiply(to.Number, a.Number, b.Number);
        return to;
    }

    static Register Take() => new(Writer.Take());

    static Register For(Register from) => new(Writer.TakeFor(from));

    static Address At(void* from) => new(Writer.Base, (int)(nint)from, Writer.Index);
}
