using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Article;

/// <summary>Judges what the article says of machines: sizes, and what fits.</summary>
static class MachineClaims
{
    /// <summary>The findings.</summary>
    public static IEnumerable<Finding> Of(ArticleContext context) =>
    [
        Sheet(context, "mi300x-capacity", context.Catalogue.Get("mi300x").MainMemory.Bytes!),
        Sheet(context, "mi300x-bandwidth", context.Catalogue.Get("mi300x").MainMemory.BytesPerSecond!),
        OneWafer(context), EightH100(context),
        Sheet(context, "wse3-memory", context.Wse3.Device.MainMemory.Bytes!),
        Transistors(context), Trillion(context),
    ];

    static Finding Sheet(ArticleContext context, string id, Figure known)
    {
        Claim claim = context.Data.Claim(id);
        return new(claim, new Bound(known.Value, claim.Unit, $"the catalogue, from {known.Source}"), null, null, [], Rules.Same(claim.Value, known.Value),
            $"The catalogue says {Amounts.Text(known.Value, claim.Unit)}.");
    }

    static Finding OneWafer(ArticleContext context)
    {
        Claim claim = context.Data.Claim("one-cs3");
        DeviceSpec wafer = context.Wse3.Device;
        int needed = Physics.ChipsToHold(context.Seventy.WeightBytes, wafer), inFour = Physics.ChipsToHold(context.SeventyInFour.WeightBytes, wafer);
        Evidence[] measured = context.Data.Evidence("wse3-2024");
        double left = wafer.MainMemory.Bytes!.Value - context.SeventyInFour.WeightBytes;
        string four = inFour == 1 ? $"in 4 bits one holds them with {Units.Bytes(left)} left for keys and values" : $"in 4 bits {inFour} still";
        return new(claim, new Bound(needed, "chips", $"{Units.Bytes(context.Seventy.WeightBytes)} in 16 bits, {Units.Bytes(wafer.MainMemory.Bytes.Value)} each"), null, new Span(measured[0].Chips, measured[0].Chips, "chips"), measured,
            inFour > claim.Value ? Verdict.Impossible : needed > claim.Value ? Verdict.Wrong : Verdict.Holds,
            $"{needed} wafers hold the weights in 16 bits, as {Physics.ChipsToHold(context.Seventy.WeightBytes, context.H100.Device)} H100 do, and the public service uses {measured[0].Chips}; {four}.");
    }

    static Finding EightH100(ArticleContext context)
    {
        Claim claim = context.Data.Claim("eight-h100");
        DeviceSpec h100 = context.H100.Device;
        int sixteen = Physics.ChipsToHold(context.Seventy.WeightBytes, h100), eight = Physics.ChipsToHold(context.SeventyInEight.WeightBytes, h100);
        Evidence[] measured = context.Data.Evidence("h100-fp16-two");
        return new(claim, new Bound(sixteen, "chips", $"{Units.Bytes(context.Seventy.WeightBytes)} in 16 bits, {Units.Bytes(h100.MainMemory.Bytes!.Value)} each"), context.Machine(h100, sixteen, context.Seventy, "vllm").Predict(), new Span(measured[0].Chips, measured[0].Chips, "chips"), measured,
            sixteen >= claim.Value ? Verdict.Holds : Verdict.Wrong,
            $"{sixteen} hold it in 16 bits and {eight} in 8, and {measured[0].Chips} were measured at {Units.Time(measured[0].Seconds)}; eight are chosen for speed and users.");
    }

    static Finding Transistors(ArticleContext context)
    {
        Claim claim = context.Data.Claim("wse3-transistors");
        Evidence[] published = context.Data.Evidence("wse3-transistors");
        return new(claim, null, null, new Span(published[0].Value, published[0].Value, claim.Unit), published, Rules.Same(claim.Value, published[0].Value), "What the maker says; nothing here could check it.");
    }

    static Finding Trillion(ArticleContext context)
    {
        Claim claim = context.Data.Claim("sram-trillion");
        DeviceSpec lpu = context.Groq.Device, wafer = context.Wse3.Device;
        double eight = claim.Value, sixteen = 2 * claim.Value; // bytes of a weight
        int lpus = Physics.ChipsToHold(eight, lpu), lpusInSixteen = Physics.ChipsToHold(sixteen, lpu), wafers = Physics.ChipsToHold(sixteen, wafer);
        bool fits = lpusInSixteen <= lpu.Link!.DomainChips && wafers <= wafer.Link!.DomainChips;
        return new(claim, new Bound(lpus, "chips", $"{Units.Bytes(eight)} in 8 bits, {Units.Bytes(lpu.MainMemory.Bytes!.Value)} each"), null, null, [], fits ? Verdict.Partly : Verdict.Impossible,
            $"{lpus:#,0} LPUs in 8 bits, {lpusInSixteen:#,0} in 16, of the {lpu.Link.DomainChips:#,0} that the network joins, taking {Amounts.Text(lpus * lpu.Watts!.Value, "W")} at least; or {wafers} wafers with {Amounts.Text(wafers * wafer.Watts!.Value, "W")}. It can be built; nobody published that it was.");
    }
}
