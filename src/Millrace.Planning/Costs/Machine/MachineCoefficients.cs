using Millrace.Formats;
using Millrace.Kernels;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Machine;

/// <summary>Seconds per byte of weights for several numbers of tokens, for products of one type in layers of one width, with what is done to rows between them: the wider the layer, the less that is for each byte.</summary>
/// <param name="Type">The type.</param>
/// <param name="Width">Width of the residual stream.</param>
/// <param name="SecondsPerByte">One for each of <see cref="MachineCoefficients.Tokens"/>, all threads at work.</param>
public sealed record ProductRate(WeightType Type, int Width, IReadOnlyList<double> SecondsPerByte);

/// <summary>Seconds per byte of weights of a head, between whose slabs nothing else is done, and which writes far more than it reads of each row.</summary>
/// <param name="Type">The type.</param>
/// <param name="SecondsPerByte">One for each of the first <see cref="MachineCoefficients.Tokens"/>, up to the rows over which the head runs at a time, all threads at work.</param>
public sealed record HeadRate(WeightType Type, IReadOnlyList<double> SecondsPerByte);

/// <summary>Seconds that a thread takes for one key of one key head.</summary>
/// <param name="Kv">How keys and values are stored.</param>
/// <param name="HeadDim">Width of a head.</param>
/// <param name="Rows">Rows of queries that share the key: tokens times heads of a group, at most 16.</param>
/// <param name="SecondsPerKey">One for each of <see cref="MachineCoefficients.CacheBytes"/>: what steps read again and again is found in the processor's caches as far as they hold it.</param>
/// <param name="SecondsPerPiece">Besides, of each key head of a sequence: its first keys come from memory, since weights were read between, and nothing asked for them ahead.</param>
public sealed record AttentionRate(KvType Kv, int HeadDim, int Rows, IReadOnlyList<double> SecondsPerKey, double SecondsPerPiece);

/// <summary>How long this processor takes for the parts of a step, measured with the engine's own code.</summary>
/// <param name="Machine">What was measured: processor, threads, instructions, kernels.</param>
/// <param name="Threads">Threads that computed.</param>
/// <param name="SecondsPerStep">Of a step, whatever its ops.</param>
/// <param name="SecondsPerOp">Of each op: its barrier and its start.</param>
/// <param name="Products">Rates of products.</param>
/// <param name="Heads">Rates of heads.</param>
/// <param name="Attention">Rates of attention.</param>
public sealed record MachineCoefficients(
    string Machine, int Threads, double SecondsPerStep, double SecondsPerOp, IReadOnlyList<ProductRate> Products, IReadOnlyList<HeadRate> Heads, IReadOnlyList<AttentionRate> Attention)
{
    /// <summary>How much of the processors' time the threads got while this was measured: the less, the more of the times is others'. It is not kept.</summary>
    public double ProcessorShare { get; init; } = 1;

    /// <summary>The numbers of tokens at which products are measured.</summary>
    public static IReadOnlyList<int> Tokens { get; } = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64, 128, 256];

    /// <summary>The bytes of keys and values, read by a step of all sequences and layers, at which attention is measured: from what caches hold to what none does.</summary>
    public static IReadOnlyList<double> CacheBytes { get; } = [1 << 23, 1 << 25, 1 << 27, 1 << 29];

    /// <summary>Whether such products were measured.</summary>
    public bool Knows(ProductShape product) => product.Head ? Heads.Any(rate => rate.Type == product.Type) : Products.Any(rate => rate.Type == product.Type);

    /// <summary>Whether attention over keys and values of a type was measured.</summary>
    public bool Knows(KvType kv) => Attention.Any(rate => rate.Kv == kv);

    /// <summary>Seconds for a product over so many tokens, per byte of its weights; interpolated between what was measured, over tokens linearly and over widths by their logarithm.</summary>
    public double ProductSecondsPerByte(WeightType type, int width, double tokens)
    {
        ProductRate? below = null, above = null;
        foreach (ProductRate rate in Products)
        {
            if (rate.Type == type)
            {
                below = rate.Width <= width && (below is null || rate.Width > below.Width) ? rate : below;
                above = rate.Width >= width && (above is null || rate.Width < above.Width) ? rate : above;
            }
        }

        if (below is null || above is null || below == above)
        {
            return At((below ?? above ?? throw new PlanningException($"no rate of {type.GgufName} was measured on this machine")).SecondsPerByte, tokens);
        }

        double part = Math.Log((double)width / below.Width) / Math.Log((double)above.Width / below.Width);
        return At(below.SecondsPerByte, tokens) * (1 - part) + At(above.SecondsPerByte, tokens) * part;
    }

    /// <summary>Seconds for each of the first <see cref="Tokens"/> rows of a head, per byte of its weights.</summary>
    public IReadOnlyList<double> HeadSecondsPerByte(WeightType type) =>
        Heads.FirstOrDefault(rate => rate.Type == type)?.SecondsPerByte ?? throw new PlanningException($"no rate of a head of {type.GgufName} was measured on this machine");

    /// <summary>Seconds of a thread for one key that so many rows share, where a step reads the number of <see cref="CacheBytes"/> with this index; interpolated over rows and heads' widths.</summary>
    public double AttentionSecondsPerKey(KvType kv, int headDim, int rows, int size)
    {
        int[] widths = [.. Attention.Where(rate => rate.Kv == kv).Select(static rate => rate.HeadDim).Distinct().Order()];
        if (widths.Length == 0)
        {
            throw new PlanningException($"no attention over {kv} was measured on this machine");
        }

        int low = widths.LastOrDefault(width => width <= headDim, widths[0]);
        int high = widths.FirstOrDefault(width => width >= headDim, widths[^1]);
        double atLow = OfWidth(low), atHigh = OfWidth(high);
        return low == high ? atLow * headDim / low : atLow + (atHigh - atLow) * (headDim - low) / (high - low);

        double OfWidth(int width)
        {
            AttentionRate[] rates = [.. Attention.Where(rate => rate.Kv == kv && rate.HeadDim == width).OrderBy(static rate => rate.Rows)];
            AttentionRate below = rates.LastOrDefault(rate => rate.Rows <= rows, rates[0]);
            AttentionRate above = rates.FirstOrDefault(rate => rate.Rows >= rows, rates[^1]);
            (double low, double high) = (below.SecondsPerKey[size], above.SecondsPerKey[size]);
            return below == above ? low : low + (high - low) * (rows - below.Rows) / (above.Rows - below.Rows);
        }
    }

    /// <summary>Seconds of a thread for each key head of a sequence besides its keys; of the heads' width that is nearest.</summary>
    public double AttentionSecondsPerPiece(KvType kv, int headDim) => Attention.Where(rate => rate.Kv == kv).MinBy(rate => Math.Abs(rate.HeadDim - headDim))?.SecondsPerPiece ?? 0;

    /// <summary>The rate at a number of tokens, of rates for the first of <see cref="Tokens"/>; beyond the last, tokens take as long as there.</summary>
    internal static double At(IReadOnlyList<double> rates, double tokens)
    {
        int last = rates.Count - 1;
        if (tokens >= Tokens[last])
        {
            return rates[last] * tokens / Tokens[last];
        }

        int next = 1;
        while (next < last && Tokens[next] < tokens)
        {
            next++;
        }

        double part = Math.Max(0, (tokens - Tokens[next - 1]) / (Tokens[next] - Tokens[next - 1]));
        return rates[next - 1] * (1 - part) + rates[next] * part;
    }

    /// <summary>The rate where a step reads so many bytes of keys and values, of rates for <see cref="CacheBytes"/>; over their logarithm.</summary>
    internal static double AtBytes(IReadOnlyList<double> rates, double bytes)
    {
        int next = 1;
        while (next < CacheBytes.Count - 1 && CacheBytes[next] < bytes)
        {
            next++;
        }

        double part = Math.Clamp(Math.Log(Math.Max(1, bytes) / CacheBytes[next - 1]) / Math.Log(CacheBytes[next] / CacheBytes[next - 1]), 0, 1);
        return rates[next - 1] * (1 - part) + rates[next] * part;
    }
}
