using Millrace.Kernels;

namespace Millrace.Cache;

/// <summary>The widths of one layer's keys and values.</summary>
public readonly record struct KvLayer(int Heads, int HeadDim, int ValueDim);

/// <summary>The storage of keys and values: blocks of <see cref="BlockSize"/> tokens, <c>[block][layer][head]</c>, each with its keys transposed, its values and, where the type has them, their scales. Which block belongs to whom is the scheduler's business.</summary>
public sealed unsafe class KvCache : IDisposable
{
    /// <summary>Tokens in a block.</summary>
    public const int BlockSize = Attention.BlockSize;

    /// <summary>Blocks that so many tokens of a sequence take.</summary>
    public static int BlocksFor(int tokens) => (tokens + BlockSize - 1) / BlockSize;

    readonly NativeBuffer _memory;
    readonly KvLayer[] _layers;
    readonly long[] _layerOffsets; // bytes from a block's begin
    readonly delegate*<float*, int, byte*, int, float> _store;

    /// <summary>Reserves room; memory is taken as blocks are used.</summary>
    /// <param name="layers">The layers' widths.</param>
    /// <param name="type">How numbers are kept.</param>
    /// <param name="blocks">How many blocks.</param>
    public KvCache(IReadOnlyList<KvLayer> layers, KvType type, int blocks)
    {
        _layers = [.. layers];
        Type = type;
        Blocks = blocks;
        NumberBytes = BytesOfNumber(type);
        switch (type)
        {
            case KvType.F32:
                _store = &KvF32.Store;
                break;
            case KvType.F16:
                _store = &KvF16.Store;
                break;
            default:
                _store = &KvInt8.Store;
                break;
        }

        _layerOffsets = new long[_layers.Length];
        for (int i = 0; i < _layers.Length; i++)
        {
            _layerOffsets[i] = BlockBytes;
            BlockBytes += HeadBytes(_layers[i], type) * _layers[i].Heads;
        }

        _memory = new NativeBuffer(checked(BlockBytes * blocks));
    }

    /// <summary>How numbers are kept.</summary>
    public KvType Type { get; }

    /// <summary>How many blocks there are.</summary>
    public int Blocks { get; }

    /// <summary>Bytes of one block over all layers.</summary>
    public long BlockBytes { get; }

    /// <summary>Bytes of one number, without its share of a scale.</summary>
    public int NumberBytes { get; }

    /// <summary>Bytes of one number, its share of a scale included.</summary>
    /// <param name="type">How numbers are kept.</param>
    /// <param name="headDim">How many share a scale.</param>
    public static double NumberBytesWithScale(KvType type, int headDim) => BytesOfNumber(type) + (type == KvType.Int8 ? 4.0 / headDim : 0);

    /// <summary>The keys and values of a head in a block.</summary>
    internal KvBlock Block(int layer, int block, int head)
    {
        KvLayer widths = _layers[layer];
        byte* at = _memory.Pointer + block * BlockBytes + _layerOffsets[layer] + head * HeadBytes(widths, Type);
        byte* values = at + (long)widths.HeadDim * BlockSize * NumberBytes;
        byte* scales = values + (long)Pad(widths.ValueDim) * BlockSize * NumberBytes;
        return Type == KvType.Int8
            ? new((nint)at, (nint)values, (nint)scales, (nint)(scales + BlockSize * 4))
            : new((nint)at, (nint)values, 0, 0);
    }

    /// <summary>Stores one head of one token.</summary>
    /// <param name="layer">The layer.</param>
    /// <param name="block">The block.</param>
    /// <param name="slot">The token's place in it.</param>
    /// <param name="head">The head.</param>
    /// <param name="key">[headDim].</param>
    /// <param name="value">[valueDim].</param>
    public void Store(int layer, int block, int slot, int head, float* key, float* value)
    {
        KvLayer widths = _layers[layer];
        KvBlock at = Block(layer, block, head);
        float keyScale = _store(key, widths.HeadDim, (byte*)at.Keys + slot * NumberBytes, BlockSize);
        float valueScale = _store(value, widths.ValueDim, (byte*)at.Values + (long)slot * Pad(widths.ValueDim) * NumberBytes, 1);
        if (Type == KvType.Int8)
        {
            ((float*)at.KeyScales)[slot] = keyScale;
            ((float*)at.ValueScales)[slot] = valueScale;
        }
    }

    /// <summary>Copies a whole block.</summary>
    public void Copy(int from, int to) =>
        Buffer.MemoryCopy(_memory.Pointer + from * BlockBytes, _memory.Pointer + to * BlockBytes, BlockBytes, BlockBytes);

    /// <summary>Frees the memory.</summary>
    public void Dispose() => _memory.Dispose();

    /// <summary>A value's width in memory.</summary>
    internal static int Pad(int width) => (width + 7) & ~7;

    /// <summary>Bytes of one block over all layers.</summary>
    public static long BytesOfBlock(IEnumerable<KvLayer> layers, KvType type) => layers.Sum(layer => HeadBytes(layer, type) * layer.Heads);

    static int BytesOfNumber(KvType type) => type switch { KvType.F32 => KvF32.Size, KvType.F16 => KvF16.Size, _ => KvInt8.Size };

    static long HeadBytes(KvLayer layer, KvType type) =>
        ((long)(layer.HeadDim + Pad(layer.ValueDim)) * BlockSize * BytesOfNumber(type) + (type == KvType.Int8 ? 2 * BlockSize * 4 : 0) + 63) & ~63L;
}
