namespace Millrace.Planning.Costs;

/// <summary>What measurements may have in common.</summary>
enum SiteGroup
{
    /// <summary>The engine.</summary>
    Engine,

    /// <summary>The device.</summary>
    Device,

    /// <summary>The model.</summary>
    Model,

    /// <summary>The precision.</summary>
    Precision,

    /// <summary>The benchmark's way to measure.</summary>
    Protocol,

    /// <summary>That with the engine.</summary>
    EngineProtocol,

    /// <summary>Engine and device.</summary>
    EngineDevice,

    /// <summary>Engine and model.</summary>
    EngineModel,

    /// <summary>Device, model and precision: how well it runs on the device whatever the engine.</summary>
    DeviceModel,

    /// <summary>Engine and precision.</summary>
    EnginePrecision,

    /// <summary>The device's generation, model and precision.</summary>
    GenerationModel,

    /// <summary>Engine, device, model and precision.</summary>
    Set,

    /// <summary>That with the engine's version.</summary>
    SetVersion,

    /// <summary>That with the division over chips.</summary>
    SetLayout,

    /// <summary>Device and engine where the engine is none that serves: of those, devices differ more.</summary>
    OtherEngineDevice,

    /// <summary>How many share deviations.</summary>
    Shared,

    /// <summary>All, but for sets that stand apart.</summary>
    All = Shared,

    /// <summary>How many there are.</summary>
    Count,
}

/// <summary>How much the errors of two predictions are expected to go together, by what their sites have in common.</summary>
/// <remarks>Each group adds a deviation that its members share, and one for each part of their time: a device whose prompts are slow is slow by as much as prompts take of the time. Neighbours in chips, clients and lengths share another. The deviations were chosen once so that sets of measurements that were held out are predicted well with the right spread; they are few, and the same for all devices.</remarks>
/// <param name="shared">What members of each group share.</param>
/// <param name="parts">What they share for each part of the time.</param>
/// <param name="near">What neighbours of a set, of engine and model, and of all share.</param>
/// <param name="noise">What measurements of the same differ by.</param>
sealed class Similarity(double[] shared, double[] parts, (double Set, double Model, double All) near, double noise)
{
    // Doublings over which neighbours differ: chips, clients, prompt tokens, answer tokens.
    static readonly double[] SetReach = [1.5, 2, 1.5, 1.5], FirstReach = [1.5, 2, 1, 1], FarReach = [2, 3, 2, 2];

    static readonly Similarity Token = new(
        [0.023, 0.057, 0.01, 0.226, 0.054, 0.24, 0.01, 0.01, 0.01, 0.01, 0.068, 0.01, 0.019, 0.01, 0.01],
        [0.147, 0.03, 0.01, 0.01, 0.6, 0.6, 0.312, 0.01, 0.027, 0.01, 0.176, 0.01, 0.043, 0.01, 0.01],
        (0.068, 0.01, 0.066), 0.017);

    static readonly Similarity First = new(
        [0.272, 0.012, 0.01, 0.084, 0.01, 0.01, 0.01, 0.047, 0.025, 0.148, 0.308, 0.011, 0.048, 0.011, 0.012],
        [0.165, 0.026, 0.01, 0.01, 0.6, 0.139, 0.235, 0.015, 0.022, 0.041, 0.296, 0.01, 0.049, 0.01, 0.01],
        (0.021, 0.287, 0.104), 0.067)
    {
        Reach = FirstReach,
    };

    static readonly Similarity Cycle = new(
        [0.01, 0.065, 0.01, 0.028, 0.102, 0.01, 0.01, 0.127, 0.01, 0.01, 0.173, 0.01, 0.01, 0.011, 0.01],
        [0.01, 0.133, 0.01, 0.01, 0.105, 0.194, 0.01, 0.106, 0.01, 0.013, 0.151, 0.012, 0.052, 0.042, 0.01],
        (0.05, 0.01, 0.098), 0.042);

    double[] Reach { get; init; } = SetReach;

    /// <summary>The standard deviation of a measurement's own error.</summary>
    public double Noise => noise;

    /// <summary>That of a quantity.</summary>
    public static Similarity For(QuantityKind kind) => kind switch
    {
        QuantityKind.Token => Token,
        QuantityKind.First => First,
        QuantityKind.Cycle or QuantityKind.Power => Cycle,
        _ => First,
    };

    /// <summary>The covariance of two sites.</summary>
    public double Of(Site a, Site b)
    {
        double alike = 0;
        for (int i = 0; i < Site.ShareCount; i++)
        {
            alike += a.Shares[i] * b.Shares[i];
        }

        double sum = a.Groups[(int)SiteGroup.All] == b.Groups[(int)SiteGroup.All] ? near.All * near.All * Nearness(a, b, FarReach) : 0;
        for (int i = 0; i < (int)SiteGroup.Shared; i++)
        {
            if (a.Groups[i] == b.Groups[i])
            {
                sum += shared[i] * shared[i] + parts[i] * parts[i] * alike;
            }
        }

        if (a.Groups[(int)SiteGroup.Set] == b.Groups[(int)SiteGroup.Set])
        {
            sum += near.Set * near.Set * Nearness(a, b, Reach);
        }

        return a.Groups[(int)SiteGroup.EngineModel] == b.Groups[(int)SiteGroup.EngineModel] ? sum + near.Model * near.Model * Nearness(a, b, FarReach) : sum;
    }

    static double Nearness(Site a, Site b, double[] reach)
    {
        double square = 0;
        for (int i = 0; i < reach.Length; i++)
        {
            double distance = (a.Place[i] - b.Place[i]) / reach[i];
            square += distance * distance;
        }

        return Math.Exp(-0.5 * square);
    }
}
