using System.Buffers;
using Millrace.Formats.Safetensors;

namespace Millrace.Formats.HuggingFace;

/// <summary>MXFP4 experts of gpt-oss as ggml's blocks. The folder holds exponents and nibbles apart, a byte holds two neighbours, and rows of the gate and up matrices alternate.</summary>
/// <remarks>Weights 2 b and 2 b + 1 of a block stand in the low and high bits of byte b; ggml wants weights b and b + 16 there.</remarks>
sealed class Mxfp4Tensor : Tensor
{
    const int BlockBytes = 16;
    const int BufferBytes = 256 * 1024;

    readonly SafetensorsEntry _blocks;
    readonly SafetensorsEntry _scales;
    readonly int _stride;
    readonly int _first;

    /// <summary>Creates the tensor of the rows first, first + stride, first + 2 stride … of each expert.</summary>
    /// <param name="name">The name, as GGUF spells it.</param>
    /// <param name="blocks">U8 [experts, rows, blocks in a row, 16].</param>
    /// <param name="scales">U8 [experts, rows, blocks in a row].</param>
    /// <param name="stride">1 or 2.</param>
    /// <param name="first">0 to stride − 1.</param>
    public Mxfp4Tensor(string name, SafetensorsEntry blocks, SafetensorsEntry scales, int stride, int first)
        : base(name, WeightType.MXFP4, ShapeOf(blocks, scales, stride))
    {
        _blocks = blocks;
        _scales = scales;
        _stride = stride;
        _first = first;
        RowBytes = WeightType.MXFP4.RowBytes(Columns);
    }

    public override long RowBytes { get; }

    public override void ReadRows(long firstRow, Span<byte> destination)
    {
        CheckRows(firstRow, destination.Length);
        int across = (int)(Columns / 32);
        int stored = across * BlockBytes;
        int most = Math.Max(1, BufferBytes / (stored * _stride));
        byte[] blocks = ArrayPool<byte>.Shared.Rent(most * _stride * stored);
        byte[] scales = ArrayPool<byte>.Shared.Rent(most * _stride * across);
        try
        {
            while (destination.Length > 0)
            {
                // The rows between those wanted are read too: one read instead of many.
                int count = (int)Math.Min(most, destination.Length / RowBytes);
                int span = (count - 1) * _stride + 1;
                long from = firstRow * _stride + _first;
                _blocks.File.Read(_blocks.Offset + from * stored, blocks.AsSpan(0, span * stored), _blocks.Name);
                _scales.File.Read(_scales.Offset + from * across, scales.AsSpan(0, span * across), _scales.Name);
                for (int row = 0; row < count; row++)
                {
                    Pack(blocks.AsSpan(row * _stride * stored, stored), scales.AsSpan(row * _stride * across, across), destination.Slice((int)(row * RowBytes), (int)RowBytes));
                }

                firstRow += count;
                destination = destination[(int)(count * RowBytes)..];
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(blocks);
            ArrayPool<byte>.Shared.Return(scales);
        }
    }

    static void Pack(ReadOnlySpan<byte> blocks, ReadOnlySpan<byte> scales, Span<byte> row)
    {
        for (int i = 0; i < scales.Length; i++)
        {
            ReadOnlySpan<byte> from = blocks.Slice(i * BlockBytes, BlockBytes);
            Span<byte> to = row.Slice(i * (BlockBytes + 1), BlockBytes + 1);
            to[0] = scales[i];
            for (int pair = 0; pair < BlockBytes / 2; pair++)
            {
                int low = from[pair];
                int high = from[pair + BlockBytes / 2];
                to[1 + 2 * pair] = (byte)((low & 15) | high << 4);
                to[2 + 2 * pair] = (byte)(low >> 4 | (high & 0xf0));
            }
        }
    }

    static long[] ShapeOf(SafetensorsEntry blocks, SafetensorsEntry scales, int stride)
    {
        if (blocks.Dtype != "U8" || blocks.Bytes == 0 || blocks.Shape is not [long experts, long rows, long across, BlockBytes] || rows % stride != 0 || across > int.MaxValue / 32)
        {
            throw blocks.Wrong($"U8 [experts, rows in {stride}s, blocks, 16]", $"{blocks.Dtype} {blocks.ShapeText}");
        }

        return scales.Dtype == "U8" && scales.Shape.AsSpan().SequenceEqual(blocks.Shape.AsSpan(0, 3))
            ? [across * 32, rows / stride, experts]
            : throw scales.Wrong($"U8 [{experts}, {rows}, {across}]", $"{scales.Dtype} {scales.ShapeText}");
    }
}
