using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Millrace.Kernels.MachineCode;

/// <summary>A general register of x86-64; rsp is not needed. R12, whose number in an address means something else, is no base.</summary>
enum Gpr
{
    Rax = 0,
    Rcx = 1,
    Rdx = 2,
    Rbx = 3,
    Rbp = 5,
    Rsi = 6,
    Rdi = 7,
    R8 = 8,
    R9 = 9,
    R10 = 10,
    R11 = 11,
    R12 = 12,
    R13 = 13,
    R14 = 14,
    R15 = 15,
}

/// <summary>An address: base + index·scale + displacement.</summary>
readonly record struct Address(Gpr Base, int Displacement = 0, Gpr? Index = null, int Scale = 1);

/// <summary>Writes the few instructions of x86-64 that the emitted kernels are made of; a 512-bit register is a number from 0 to 31.</summary>
/// <remarks>Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2: §2.1 (ModR/M, SIB), §2.2.1 (REX), §2.7 (EVEX), and the page of each instruction.</remarks>
sealed class Assembler
{
    // The opcode maps and the prefixes that EVEX stands for.
    const int Map0F = 1, Map0F38 = 2, Map0F3A = 3;
    const int Prefix66 = 1, PrefixF3 = 2;

    // The unit of a memory operand, 32 bits, that the instruction itself broadcasts to all lanes.
    const int ToAllLanes = -4;

    readonly List<byte> _code = [];

    /// <summary>The bytes so far.</summary>
    public ReadOnlySpan<byte> Code => CollectionsMarshal.AsSpan(_code);

    /// <summary>Where the next instruction will stand.</summary>
    public int Position => _code.Count;

    /// <summary>Goes on at the next cache line.</summary>
    public void Align()
    {
        while (_code.Count % 64 != 0)
        {
            _code.Add(0xCC); // int3: nothing runs into it
        }
    }

    public void Load(int to, Address from) => Vector(Map0F, PrefixF3, true, 0x6F, to, 0, from, 64);

    public void Store(Address to, int from) => Vector(Map0F, PrefixF3, true, 0x7F, from, 0, to, 64);

    public void Move(int to, int from) => Vector(Map0F, PrefixF3, true, 0x6F, to, 0, from);

    /// <summary>The 32 bits at an address to all lanes.</summary>
    public void Broadcast32(int to, Address from) => Vector(Map0F38, Prefix66, false, 0x58, to, 0, from, 4);

    /// <summary>The 128 bits at an address to all four quarters.</summary>
    public void Broadcast128(int to, Address from) => Vector(Map0F38, Prefix66, false, 0x5A, to, 0, from, 16);

    public void And(int to, int a, int b) => Vector(Map0F, Prefix66, false, 0xDB, to, a, b);

    public void Or(int to, int a, int b) => Vector(Map0F, Prefix66, false, 0xEB, to, a, b);

    /// <summary>to |= a &amp; b.</summary>
    public void OrAnd(int to, int a, int b)
    {
        Vector(Map0F3A, Prefix66, false, 0x25, to, a, b);
        _code.Add(0xF8); // the truth table of to | (a & b), row by row from 111 down
    }

    /// <summary>Shifts 16-bit words right by a positive number of bits, left by a negative one.</summary>
    public void Shift(int to, int from, int right)
    {
        Vector(Map0F, Prefix66, false, 0x71, right > 0 ? 2 : 6, to, from);
        _code.Add((byte)Math.Abs(right));
    }

    public void ShiftIntsLeft(int to, int from, int bits)
    {
        Vector(Map0F, Prefix66, false, 0x72, 6, to, from);
        _code.Add((byte)bits);
    }

    public void MaxInts(int to, int a, int b) => Vector(Map0F38, Prefix66, false, 0x3D, to, a, b);

    /// <summary>16 signed bytes as integers.</summary>
    public void SignedBytes(int to, Address from) => Vector(Map0F38, Prefix66, false, 0x21, to, 0, from, 16);

    /// <summary>16 unsigned bytes as integers.</summary>
    public void UnsignedBytes(int to, Address from) => Vector(Map0F38, Prefix66, false, 0x31, to, 0, from, 16);

    /// <summary>16 signed 16-bit words as integers.</summary>
    public void SignedShorts(int to, Address from) => Vector(Map0F38, Prefix66, false, 0x23, to, 0, from, 32);

    /// <summary>table[index] for each byte of <paramref name="index"/>, 16 to a table.</summary>
    public void Lookup(int to, int table, int index) => Vector(Map0F38, Prefix66, false, 0x00, to, table, index);

    /// <summary>vpdpbusd of AVX-512 VNNI: adds the products of four unsigned bytes and four signed ones to each 32-bit lane.</summary>
    public void AddProducts(int sum, int unsigned, int signed) => Vector(Map0F38, Prefix66, false, 0x50, sum, unsigned, signed);

    /// <summary>The same with the four signed bytes at an address for all lanes.</summary>
    public void AddProducts(int sum, int unsigned, Address signed) => Vector(Map0F38, Prefix66, false, 0x50, sum, unsigned, signed, ToAllLanes);

    public void MultiplyInts(int to, int a, int b) => Vector(Map0F38, Prefix66, false, 0x40, to, a, b);

    public void AddInts(int to, int a, int b) => Vector(Map0F, Prefix66, false, 0xFE, to, a, b);

    /// <summary>Products of signed 16-bit words, neighbours added.</summary>
    public void MultiplyPairs(int to, int a, int b) => Vector(Map0F, Prefix66, false, 0xF5, to, a, b);

    /// <summary>Zero.</summary>
    public void Clear(int to) => Vector(Map0F, Prefix66, false, 0xEF, to, to, to);

    public void ToFloats(int to, int ints) => Vector(Map0F, 0, false, 0x5B, to, 0, ints);

    public void Multiply(int to, int a, int b) => Vector(Map0F, 0, false, 0x59, to, a, b);

    /// <summary>With the float at an address for all lanes.</summary>
    public void Multiply(int to, int a, Address b) => Vector(Map0F, 0, false, 0x59, to, a, b, ToAllLanes);

    /// <summary>product = product · factor + addend, rounded once.</summary>
    public void MultiplyAdd(int product, int factor, Address addend) => Vector(Map0F38, Prefix66, false, 0xA8, product, factor, addend, 64);

    /// <summary>sum += a · b, rounded once.</summary>
    public void AddProduct(int sum, int a, int b) => Vector(Map0F38, Prefix66, false, 0xB8, sum, a, b);

    /// <summary>With the float at an address for all lanes.</summary>
    public void AddProduct(int sum, int a, Address b) => Vector(Map0F38, Prefix66, false, 0xB8, sum, a, b, ToAllLanes);

    /// <summary>sum -= a · b, rounded once.</summary>
    public void SubtractProduct(int sum, int a, int b) => Vector(Map0F38, Prefix66, false, 0xBC, sum, a, b);

    /// <summary>Marks the upper halves of registers as unused.</summary>
    public void ZeroUpper() => _code.AddRange([0xC5, 0xF8, 0x77]);

    /// <summary>Puts a register on the stack.</summary>
    public void Push(Gpr register) => Stack(0x50, register);

    public void Pop(Gpr register) => Stack(0x58, register);

    public void Return() => _code.Add(0xC3);

    public void Load(Gpr to, Address from) => General(0x8B, (int)to, from);

    public void Add(Gpr to, Address value) => General(0x03, (int)to, value);

    public void LoadAddress(Gpr to, Address from) => General(0x8D, (int)to, from);

    public void Add(Gpr to, int value)
    {
        _code.AddRange([(byte)(0x48 | (int)to >> 3), 0x81, (byte)(0xC0 | (int)to & 7)]);
        Int32(value);
    }

    /// <summary>Asks for a cache line.</summary>
    public void Prefetch(Address from)
    {
        Rex(false, 0, from);
        _code.AddRange([0x0F, 0x18]);
        Memory(1, from, 1);
    }

    /// <summary>Subtracts one and goes back to <paramref name="position"/> unless that left zero.</summary>
    public void DecrementAndLoop(Gpr counter, int position)
    {
        _code.AddRange([(byte)(0x48 | (int)counter >> 3), 0xFF, (byte)(0xC8 | (int)counter & 7), 0x0F, 0x85]);
        Int32(position - (_code.Count + sizeof(int)));
    }

    void Stack(byte opcode, Gpr register)
    {
        if ((int)register > 7)
        {
            _code.Add(0x41);
        }

        _code.Add((byte)(opcode | (int)register & 7));
    }

    void General(byte opcode, int register, Address memory)
    {
        Rex(true, register, memory);
        _code.Add(opcode);
        Memory(register, memory, 1);
    }

    void Rex(bool wide, int register, Address memory) =>
        _code.Add((byte)(0x40 | (wide ? 8 : 0) | register >> 3 << 2 | (int)(memory.Index ?? 0) >> 3 << 1 | (int)memory.Base >> 3));

    void Vector(int map, int prefix, bool wide, byte opcode, int register, int second, int third)
    {
        Evex(map, prefix, wide, register, second, third >> 4 & 1, third >> 3 & 1, false);
        _code.AddRange([opcode, (byte)(0xC0 | (register & 7) << 3 | third & 7)]);
    }

    void Vector(int map, int prefix, bool wide, byte opcode, int register, int second, Address memory, int unit)
    {
        Evex(map, prefix, wide, register, second, (int)(memory.Index ?? 0) >> 3, (int)memory.Base >> 3, unit == ToAllLanes);
        _code.Add(opcode);
        Memory(register, memory, Math.Abs(unit));
    }

    // Register numbers stand inverted; x and b extend the third operand, or the index and the base of an address.
    void Evex(int map, int prefix, bool wide, int register, int second, int x, int b, bool broadcast)
    {
        int inverted = (register >> 3 & 1) << 7 | x << 6 | b << 5 | register >> 4 << 4;
        _code.AddRange(
        [
            0x62,
            (byte)(inverted ^ 0xF0 | map),
            (byte)((wide ? 0x80 : 0) | (~second & 15) << 3 | 4 | prefix),
            (byte)(0x40 | (broadcast ? 0x10 : 0) | (second >> 4 ^ 1) << 3), // 512 bits, no mask
        ]);
    }

    // A displacement of one byte counts units of an EVEX instruction's memory operand.
    void Memory(int register, Address memory, int unit)
    {
        bool near = memory.Displacement % unit == 0 && memory.Displacement / unit is >= sbyte.MinValue and <= sbyte.MaxValue;
        int mode = (near ? 0x40 : 0x80) | (register & 7) << 3;
        if (memory.Index is { } index)
        {
            _code.AddRange([(byte)(mode | 4), (byte)(int.Log2(memory.Scale) << 6 | ((int)index & 7) << 3 | (int)memory.Base & 7)]);
        }
        else
        {
            _code.Add((byte)(mode | (int)memory.Base & 7));
        }

        if (near)
        {
            _code.Add((byte)(memory.Displacement / unit));
        }
        else
        {
            Int32(memory.Displacement);
        }
    }

    void Int32(int value)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        _code.AddRange(bytes);
    }
}
