using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Article;

/// <summary>A machine that the article speaks of: a model on chips, and what prices it.</summary>
/// <param name="Device">Each chip.</param>
/// <param name="Chips">How many.</param>
/// <param name="Model">What it runs.</param>
/// <param name="Engine">By which engine, as calibration names it.</param>
/// <param name="Price">Makes cost models; throws where a machine cannot be priced.</param>
sealed record Machine(DeviceSpec Device, int Chips, PlannedModel Model, string Engine, Func<Deployment, ICostModel> Price)
{
    /// <summary>Dollars an hour for all chips, at the price that counts.</summary>
    public double DollarsPerHour => Chips * Device.DollarsPerHour[0].Value;

    /// <summary>Dollars an hour for all chips, at the lowest price.</summary>
    public double LeastDollarsPerHour => Chips * Device.DollarsPerHour.Min(static price => price.Value);

    /// <summary>The least time of a token.</summary>
    public Bound Token => new(Physics.Seconds(Model, Device, Chips), "s", $"{Units.Bytes(Physics.BytesOfToken(Model))} read by {Chips} × {Units.Bytes(Device.MainMemory.BytesPerSecond!.Value)}/s");

    /// <summary>The time of a token that the cost model predicts; null where it cannot price the machine.</summary>
    /// <param name="batch">Sequences.</param>
    public Prediction? Predict(int batch = 1)
    {
        try
        {
            Parallelism parallel = SramLayouts.Are(Device) ? SramLayouts.Of(Model, Device, Chips, Physics.Context)[0] : new(Chips);
            ICostModel cost = Price(new Deployment(Model, Device, parallel, Engine));
            StepWork work = Model.Step(batch, new SequenceWork(Physics.Context, 1));
            double seconds = cost.Step(work).Seconds;

            // An error that would go below physics ends there.
            double least = Math.Min(seconds, (work.WeightBytes + work.KvBytesRead) / (Chips * Device.MainMemory.BytesPerSecond!.Value));
            return new(seconds, Math.Clamp(seconds * cost.Error.Low, least, seconds), Math.Max(seconds, seconds * cost.Error.High), "s", cost.Error.Basis);
        }
        catch (PlanningException)
        {
            return null;
        }
    }
}
