using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Article;

/// <summary>Judges what the article says of speed.</summary>
static class SpeedClaims
{
    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ArticleContext context) =>
    [
        OneChip(context), Over100(context), Faster(context), Access(context),
        Lpu(context, "lpu-70b", context.Groq, "groq-2023", "groq-2024", "groq-2025"),
        Lpu(context, "lpu-mixtral", context.Machine("groq-lpu", context.Groq.Chips, Physics.Model("mixtral-8x7b", Precision.Int8), ""), "groq-mixtral"),
        Hbm4(context), FourBits(context), RealTime(context), Batch(context), Edge(context),
    ];

    static Finding OneChip(ArticleContext context)
    {
        Claim claim = context.Data.Claim("bound");
        double seconds = claim.Values[1] / claim.Values[2];
        DeviceSpec h100 = context.H100.Device;
        int needed = Physics.ChipsToHold(context.Seventy.WeightBytes, h100);
        Machine least = context.Machine("h100", needed, context.Seventy, "vllm");

        // The arithmetic holds; that it bounds a machine needs a chip that holds the bytes.
        Verdict arithmetic = Rules.Same(claim.Value, seconds);
        return new(claim, new Bound(seconds, "s", $"{Units.Bytes(claim.Values[1])} at {Units.Bytes(claim.Values[2])}/s"), least.Predict(), Seconds(context.Data.Evidence("h100-fp16-two", "h100-fp16")), context.Data.Evidence("h100-fp16-two", "h100-fp16"),
            needed == 1 ? arithmetic : Worse(arithmetic),
            $"Right for one H100, whose {Units.Bytes(h100.MainMemory.Bytes!.Value)} do not hold {Units.Bytes(context.Seventy.WeightBytes)}: {needed} chips are bound by {Units.Time(least.Token.Value)}, 8 by {Units.Time(context.H100.Token.Value)}.");
    }

    static Finding Over100(ArticleContext context)
    {
        Claim claim = context.Data.Claim("over-100ms");
        Evidence[] measured = context.Data.Evidence("h100-fp16", "h100-fp16-two", "a100-fp16");
        double[] seconds = [.. measured.Select(static evidence => evidence.Seconds)];
        return new(claim, context.H100.Token, context.H100.Predict(), Seconds(measured), measured, Rules.Above(claim.Value, seconds),
            $"All that was measured lies between {Units.Time(seconds.Min())} and {Units.Time(seconds.Max())}, on A100 too, and the article's own table says {Units.Time(context.Data.Claim("h100-latency").Value)}; a single M2 Ultra takes {Units.Time(context.Data.Evidence("m2-f16")[0].Seconds)}.");
    }

    static Finding Faster(ArticleContext context)
    {
        Claim claim = context.Data.Claim("faster");
        Evidence[] h100 = context.Data.Evidence("h100-fp16", "h100-fp8");
        Evidence[] others = context.Data.Evidence("groq-2023", "groq-2024", "groq-2025", "wse3-2024", "wse3-2025", "inf2");
        double low = h100.Min(static evidence => evidence.Seconds) / others.Max(static evidence => evidence.Seconds);
        double high = h100.Max(static evidence => evidence.Seconds) / others.Min(static evidence => evidence.Seconds);
        double groq = h100[1].Seconds / others[1].Seconds, wafer = h100[1].Seconds / others[3].Seconds;
        return new(claim, null, Ratio(context.H100InEight.Predict(), context.Groq.Predict()), new Span(low, high, "x"), [.. h100, .. others], Rules.Range(claim.Values[0], claim.Values[1], low, high),
            $"From {Amounts.Text(low, high, "x")} over all pairs that were measured; beside 8 × H100 with FP8, LPUs are {Amounts.Text(groq, "x")}, wafers at launch {Amounts.Text(wafer, "x")} and Inferentia2 {Amounts.Text(low, "x")} as fast.");
    }

    static Finding Access(ArticleContext context)
    {
        Claim claim = context.Data.Claim("sram-access");
        Evidence[] cycles = context.Data.Evidence("l1-cycles", "hbm-cycles");
        double ratio = cycles[1].Value / cycles[0].Value;
        double rate = context.Groq.Device.MainMemory.BytesPerSecond!.Value / context.H100.Device.MainMemory.BytesPerSecond!.Value;
        return new(claim, new Bound(rate, "x", "memory bandwidth of an LPU chip over that of an H100"), null, new Span(ratio, ratio, "x"), cycles, Rules.Range(claim.Values[0], claim.Values[1], ratio, ratio),
            $"An access of one word, {Amounts.Text(ratio, "x")}; but weights are read in streams, where bandwidth counts and not the wait for one word.");
    }

    static Finding Lpu(ArticleContext context, string id, Machine machine, params string[] evidence)
    {
        Claim claim = context.Data.Claim(id);
        Evidence[] measured = context.Data.Evidence(evidence);
        return new(claim, machine.Token, machine.Predict(), Seconds(measured), measured, Rules.Below(claim.Value, [.. measured.Select(static one => one.Seconds)]),
            $"Published: {string.Join(", ", measured.Select(static one => Units.Time(one.Seconds)))} a token; bandwidth bounds nothing here, the length of the schedule does.");
    }

    static Finding Hbm4(ArticleContext context)
    {
        Claim claim = context.Data.Claim("hbm4");
        DeviceSpec[] faster = [.. context.Catalogue.Devices.Where(device => device.MainMemory.Level.StartsWith("HBM", StringComparison.Ordinal) && device.MainMemory.BytesPerSecond!.Value >= claim.Value)];
        DeviceSpec changed = context.H100.Device.With(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"hbm.bandwidth={claim.Value}"));
        Machine machine = context.Machine(changed, context.H100.Chips, context.Seventy, "vllm");
        double gain = context.H100.Token.Value / machine.Token.Value;
        return new(claim, machine.Token, machine.Predict(), null, [], faster.Length == 0 ? Verdict.NotTestable : Verdict.Partly,
            $"8 × H100 with it would be bound by {Units.Time(machine.Token.Value)} in place of {Units.Time(context.H100.Token.Value)}, {Amounts.Text(gain, "x")}; {faster.Length} devices of the catalogue reach as much with HBM3E ({string.Join(", ", faster.Select(static device => device.Id))}).");
    }

    static Finding FourBits(ArticleContext context)
    {
        Claim claim = context.Data.Claim("four-bits");
        double bytes = Physics.BytesOfToken(context.Seventy) / Physics.BytesOfToken(context.SeventyInFour);
        Evidence[] measured = context.Data.Evidence("m2-f16", "m2-q4", "b200-fp8", "b200-fp4");
        double one = measured[0].Seconds / measured[1].Seconds, eight = measured[2].Seconds / measured[3].Seconds;
        return new(claim, new Bound(bytes, "x", "bytes of a token in 16 bits over those in 4"), Ratio(context.H100.Predict(), (context.H100 with { Model = context.SeventyInFour }).Predict()), Span.Of([one, eight], "x"), measured,
            Math.Max(one, eight) >= bytes / Rules.Near ? Verdict.Holds : Verdict.Partly,
            $"The bytes promise {Amounts.Text(bytes, "x")}; one chip gave {Amounts.Text(one, "x")}, and 8 × B200 with FP4 {Amounts.Text(eight, "x")} of their speed with FP8 at batch 4, where fixed costs rule. Accuracy is not judged here.");
    }

    static Finding RealTime(ArticleContext context)
    {
        Claim claim = context.Data.Claim("real-time");
        double[] table = [.. context.Rows.Select(id => context.Data.Claim($"{id}-latency").Value)];
        Evidence[] measured = context.Data.Evidence("h100-fp16", "h100-fp8", "inf2", "groq-2024", "wse3-2024");
        int below = table.Count(seconds => seconds < claim.Value);
        return new(claim, new Bound(1 / claim.Value, "tok/s", $"one token every {Units.Time(claim.Value)}"), context.H100.Predict(), Seconds(measured), measured,
            below == table.Length ? Verdict.Partly : Verdict.Holds,
            $"{below} of the article's {table.Length} machines are below it by its own table, as are all that were measured: the limit divides nothing.");
    }

    static Finding Batch(ArticleContext context)
    {
        const int Many = 128;
        Claim claim = context.Data.Claim("batch");
        Evidence[] measured = context.Data.Evidence("mi300x-one", "mi300x-many");
        Machine machine = context.Machine("mi300x", measured[0].Chips, context.SeventyInEight, "vllm");
        double slower = measured[1].Seconds / measured[0].Seconds, more = Many / slower;
        return new(claim, machine.Token, machine.Predict(Many), Seconds(measured), measured, more > slower ? Verdict.Holds : Verdict.Wrong,
            $"8 × MI300X with {Many} users in place of one: tokens come {Amounts.Text(slower, "x")} slower, and {Amounts.Text(more, "x")} as many in all.");
    }

    static Finding Edge(ArticleContext context)
    {
        Claim claim = context.Data.Claim("edge");
        Machine phone = context.Machine("snapdragon-8-elite", 1, Physics.Model("llama-3.1-8b", Precision.Int4), "");
        Evidence[] measured = context.Data.Evidence("phone");
        double limit = context.Data.Claim("real-time").Value;
        return new(claim, phone.Token, phone.Predict(), Seconds(measured), measured, measured[0].Seconds <= limit ? Verdict.Holds : Verdict.Partly,
            $"A phone runs an 8B at {Units.Time(measured[0].Seconds)} a token; its memory allows {Units.Time(phone.Token.Value)}, which is not real time by the article's own {Units.Time(limit)}.");
    }

    static Prediction? Ratio(Prediction? slow, Prediction? fast) => slow is null || fast is null ? null : slow.Over(fast);

    static Span? Seconds(Evidence[] measured) => Span.Of([.. measured.Select(static evidence => evidence.Seconds)], "s");

    static Verdict Worse(Verdict verdict) => verdict == Verdict.Holds ? Verdict.Partly : verdict;
}
