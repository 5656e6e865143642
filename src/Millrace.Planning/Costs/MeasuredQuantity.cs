namespace Millrace.Planning.Costs;

/// <summary>What a measurement is about. Each has a base that the simulated load gives, and its own corrections.</summary>
enum QuantityKind
{
    /// <summary>Seconds for each token after the first.</summary>
    Token,

    /// <summary>Seconds to the first token.</summary>
    First,

    /// <summary>Seconds of a request from begin to end, which stands for throughput too.</summary>
    Cycle,

    /// <summary>The 99th percentile of <see cref="Token"/>.</summary>
    TokenTail,

    /// <summary>The 99th percentile of <see cref="First"/>.</summary>
    FirstTail,

    /// <summary>Watts of all chips.</summary>
    Power,
}

/// <summary>A metric of a table: what it is about, and how its number becomes one in base units and back.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Scale">The base unit's number is this times the metric's, or divided by it.</param>
/// <param name="Inverse">Whether it is a rate: the larger, the shorter the time.</param>
readonly record struct MeasuredQuantity(QuantityKind Kind, double Scale, bool Inverse)
{
    /// <summary>The number in base units.</summary>
    public double ToBase(double metric) => Inverse ? Scale / metric : Scale * metric;

    /// <summary>The number in the metric's unit.</summary>
    public double ToMetric(double number) => Inverse ? Scale / number : number / Scale;

    /// <summary>Reads a metric's name.</summary>
    /// <param name="metric">As the table has it.</param>
    /// <param name="load">What the load was: rates of all clients become times of one.</param>
    /// <param name="clients">How many there were in one replica.</param>
    /// <param name="chips">Chips in all.</param>
    /// <param name="replicas">Replicas.</param>
    /// <param name="mostWatts">Most power of one chip.</param>
    /// <exception cref="PlanningException">It is none that can be predicted.</exception>
    public static MeasuredQuantity Of(string metric, in ServingLoad load, int clients, int chips, int replicas, double mostWatts)
    {
        string name = metric.ToLowerInvariant();
        double unit = Has(name, "ms") ? 1e-3 : Has(name, "us") || Has(name, "µs") ? 1e-6 : 1;
        bool tail = Has(name, "p99") || Has(name, "p95") || Has(name, "p90");
        if (Has(name, "usd") || Has(name, "$"))
        {
            throw new PlanningException("metric", "", "a time, a rate or a power", $"{metric}: a price is what its seller makes it");
        }

        if (Has(name, "prefill"))
        {
            return new(QuantityKind.First, load.MeanInput * (load.Kind == LoadKind.Batch ? clients : 1), true);
        }

        if (Has(name, "ttft") || Has(name, "first token"))
        {
            return new(tail ? QuantityKind.FirstTail : QuantityKind.First, unit, false);
        }

        if (Has(name, "per user"))
        {
            return new(QuantityKind.Token, 1, true);
        }

        if (Has(name, "tpot") || Has(name, "itl") || Has(name, "inter-token"))
        {
            return new(tail ? QuantityKind.TokenTail : QuantityKind.Token, unit, false);
        }

        if (Has(name, "power"))
        {
            return new(QuantityKind.Power, Has(name, "fraction") ? mostWatts * chips : 1, false);
        }

        if (Has(name, "tok/s") || Has(name, "tokens/s"))
        {
            double tokens = load.MeanOutput + (Has(name, "vllm throughput benchmark") ? load.MeanInput : 0);
            return new(QuantityKind.Cycle, clients * tokens * replicas / (Has(name, "per gpu") || Has(name, "per chip") ? chips : 1), true);
        }

        return Has(name, "e2e") || Has(name, "latency")
            ? new(QuantityKind.Cycle, unit, false)
            : throw new PlanningException("metric", "", "ttft, tpot, latency, tok/s or power", metric.Length == 0 ? "none" : metric);
    }

    static bool Has(string text, string part) => text.Contains(part, StringComparison.Ordinal);
}
