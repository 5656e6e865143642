using System.Globalization;
using Millrace.Planning.Costs;
using Millrace.Planning.Models;

namespace Millrace.Planning.Plans;

/// <summary>What is to be planned, for any device.</summary>
/// <param name="Model">The model in its precision.</param>
/// <param name="Input">Tokens of each prompt.</param>
/// <param name="Output">Tokens of each answer.</param>
/// <param name="Target">What to reach.</param>
public sealed record PlanRequest(ModelWork Model, int Input, int Output, PlanTarget Target)
{
    /// <summary>Chips in all; null: as many as the target needs.</summary>
    public int? Count { get; init; }

    /// <summary>Sequences at once in one replica; null: as the target allows.</summary>
    public int? Batch { get; init; }

    /// <summary>Chips that share each product; null: chosen.</summary>
    public int? Tensor { get; init; }

    /// <summary>Groups of layers; null: chosen.</summary>
    public int? Pipeline { get; init; }

    /// <summary>Chips that the experts are spread over; null: chosen.</summary>
    public int? Expert { get; init; }

    /// <summary>The engine whose calibration is used; "" for the device's usual one.</summary>
    public string Engine { get; init; } = "";

    /// <summary>US dollars per hour and chip; null: the catalogue's.</summary>
    public double? DollarsPerHour { get; init; }

    /// <summary>A model that drafts tokens for the model to check, on the same chips; null for none.</summary>
    public ModelWork? Draft { get; init; }

    /// <summary>How much it drafts.</summary>
    public Speculation Speculation { get; init; }

    /// <summary>Tokens of a sequence at its end.</summary>
    public int Context => Input + Output;

    /// <summary>What the model was taken for, and whether it was made for such sequences; "" for nothing to note.</summary>
    public string Note => string.Join("; ", new[]
    {
        Model.Note,
        Context > Model.TrainedContext ? string.Create(CultureInfo.InvariantCulture, $"made for {Model.TrainedContext:#,0} tokens: what it answers beyond them is not said here") : "",
    }.Where(static part => part.Length > 0));
}
