using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Article;

/// <summary>What follows from a model's shape, a device's figures and arithmetic, without any model of an engine.</summary>
static class Physics
{
    /// <summary>Tokens in the cache where the article says nothing.</summary>
    public const int Context = 1024;

    /// <summary>A model of the catalogue.</summary>
    public static PlannedModel Model(string name, Precision precision) => PlannedModel.Of(ModelCatalogue.Find(name)!, precision);

    /// <summary>Bytes that one token of one sequence must read.</summary>
    public static double BytesOfToken(ModelWork model)
    {
        StepWork work = model.Step(1, new SequenceWork(Context, 1));
        return work.WeightBytes + work.KvBytesRead;
    }

    /// <summary>The least time of a token: its bytes at the speed of all chips' memory.</summary>
    public static double Seconds(ModelWork model, DeviceSpec device, int chips) => BytesOfToken(model) / (chips * device.MainMemory.BytesPerSecond!.Value);

    /// <summary>The least chips whose memory holds the weights.</summary>
    public static int ChipsToHold(double bytes, DeviceSpec device) => (int)Math.Ceiling(bytes / device.MainMemory.Bytes!.Value);

    /// <summary>Dollars for a million tokens.</summary>
    public static double DollarsPerMillion(double dollarsPerHour, double tokensPerSecond) => dollarsPerHour / 3600 / tokensPerSecond * 1e6;

    /// <summary>Tokens a second that must be made for a price of a million.</summary>
    public static double RateFor(double dollarsPerHour, double dollarsPerMillion) => dollarsPerHour / 3600 / dollarsPerMillion * 1e6;

    /// <summary>Growth a year between two values: 0.5 for 50 %.</summary>
    public static double Growth(double from, double to, int years) => Math.Pow(to / from, 1.0 / years) - 1;

    /// <summary>Years that a growth needs between two values.</summary>
    public static double Years(double from, double to, double growth) => Math.Log(to / from) / Math.Log(1 + growth);
}
