using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Millrace.Kernels.Vectors;

namespace Millrace.Kernels.Blocks;

/// <summary>Codes of 2 bits.</summary>
unsafe interface ITwoBits : IBlockFormat
{
    static int IBlockFormat.CodeBytes => 128;
    static bool IBlockFormat.Wide => false;
    static bool IBlockFormat.ShortSums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutCodes(byte* block, int row, in CodeGroups codes) => Codes.PutPairs(block, row, codes, 0);

    static void IBlockFormat.GetCodes(byte* block, int row, byte* codes)
    {
        new Span<byte>(codes, 32).Clear();
        Codes.OrPairs(block, row, codes, 0);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Prepare<TVector, TLanes>(byte* block, int piece, int digit) => TLanes.Load(block + 64 * piece);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        UnpackCodes.Pairs<TVector, TLanes>(shared, group);
}

/// <summary>Codes of 3 bits: two and one.</summary>
unsafe interface IThreeBits : IBlockFormat
{
    static int IBlockFormat.CodeBytes => 192;
    static bool IBlockFormat.Wide => false;
    static bool IBlockFormat.ShortSums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutCodes(byte* block, int row, in CodeGroups codes)
    {
        Codes.PutPairs(block, row, codes, 0);
        Codes.PutBits(block + 128, row, codes, 2);
    }

    static void IBlockFormat.GetCodes(byte* block, int row, byte* codes)
    {
        new Span<byte>(codes, 32).Clear();
        Codes.OrPairs(block, row, codes, 0);
        Codes.OrBits(block + 128, row, codes, 2);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Prepare<TVector, TLanes>(byte* block, int piece, int digit) => TLanes.ShiftRightBy(TLanes.Load(block + 128), 4 * piece);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        UnpackCodes.WithBits<TVector, TLanes>(UnpackCodes.Pairs<TVector, TLanes>(TLanes.Load(block + 64 * piece), group), shared, group, 2);
}

/// <summary>Codes of 4 bits.</summary>
unsafe interface IFourBits : IBlockFormat
{
    static int IBlockFormat.CodeBytes => 256;
    static bool IBlockFormat.ShortSums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutCodes(byte* block, int row, in CodeGroups codes) => Codes.PutNibbles(block, row, codes);

    static void IBlockFormat.GetCodes(byte* block, int row, byte* codes) => Codes.GetNibbles(block, row, codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        UnpackCodes.Nibbles<TVector, TLanes>(block, piece, group);
}

/// <summary>Codes of 5 bits: four and one.</summary>
unsafe interface IFiveBits : IBlockFormat
{
    static int IBlockFormat.CodeBytes => 320;
    static bool IBlockFormat.Wide => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutCodes(byte* block, int row, in CodeGroups codes)
    {
        Codes.PutNibbles(block, row, codes);
        Codes.PutBits(block + 256, row, codes, 4);
    }

    static void IBlockFormat.GetCodes(byte* block, int row, byte* codes)
    {
        Codes.GetNibbles(block, row, codes);
        Codes.OrBits(block + 256, row, codes, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Prepare<TVector, TLanes>(byte* block, int piece, int digit) => TLanes.ShiftRightBy(TLanes.Load(block + 256), 4 * piece);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        UnpackCodes.WithBits<TVector, TLanes>(UnpackCodes.Nibbles<TVector, TLanes>(block, piece, group), shared, group, 4);
}

/// <summary>Codes of 6 bits: four and two.</summary>
unsafe interface ISixBits : IBlockFormat
{
    static int IBlockFormat.CodeBytes => 384;
    static bool IBlockFormat.Wide => false;
    static bool IBlockFormat.ShortSums => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutCodes(byte* block, int row, in CodeGroups codes)
    {
        Codes.PutNibbles(block, row, codes);
        Codes.PutPairs(block + 256, row, codes, 4);
    }

    static void IBlockFormat.GetCodes(byte* block, int row, byte* codes)
    {
        Codes.GetNibbles(block, row, codes);
        Codes.OrPairs(block + 256, row, codes, 4);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Prepare<TVector, TLanes>(byte* block, int piece, int digit) => TLanes.Load(block + 256 + 64 * piece);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        UnpackCodes.WithPairs<TVector, TLanes>(UnpackCodes.Nibbles<TVector, TLanes>(block, piece, group), shared, group, 4);
}

/// <summary>Codes of 8 bits.</summary>
unsafe interface IEightBits : IBlockFormat
{
    static int IBlockFormat.CodeBytes => 512;
    static bool IBlockFormat.Wide => true;
    static bool IBlockFormat.ShortSums => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void IBlockFormat.PutCodes(byte* block, int row, in CodeGroups codes) => Codes.PutBytes(block, row, codes);

    static void IBlockFormat.GetCodes(byte* block, int row, byte* codes) => Codes.GetBytes(block, row, codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        UnpackCodes.Bytes<TVector, TLanes>(block, piece, group, digit);
}

/// <summary>Codes of 4 bits that are indices into the table of IQ4_NL.</summary>
unsafe interface INonLinear : IFourBits
{
    static bool IBlockFormat.Wide => true;
    static int IBlockFormat.Offset => 128;

    static int IBlockFormat.Value(int code) => Tables.NonLinear[code];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Prepare<TVector, TLanes>(byte* block, int piece, int digit) => TLanes.Table(UnpackCodes.NonLinear(digit));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        TLanes.Lookup(shared, UnpackCodes.Nibbles<TVector, TLanes>(block, piece, group));
}

/// <summary>Codes of 4 bits that are numbers of E2M1.</summary>
unsafe interface IFloat4 : IFourBits
{
    static bool IBlockFormat.Wide => false;
    static int IBlockFormat.Offset => 12;

    static int IBlockFormat.Value(int code) => Tables.Float4[code];

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Prepare<TVector, TLanes>(byte* block, int piece, int digit) => TLanes.Table(UnpackCodes.Float4);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TVector IBlockFormat.Unpack<TVector, TLanes>(byte* block, int piece, [ConstantExpected] int group, int digit, TVector shared) =>
        TLanes.Lookup(shared, UnpackCodes.Nibbles<TVector, TLanes>(block, piece, group));
}
