namespace Millrace.Planning.Simulation;

/// <summary>Times between requests that know nothing of answers: gamma distributed with a mean of 1 / rate. A burstiness of 1 is a Poisson process; below 1 requests come in bursts, above 1 more evenly.</summary>
/// <param name="rate">Requests per second; infinite for all at once.</param>
/// <param name="burstiness">The distribution's shape.</param>
/// <param name="seed">The same seed gives the same gaps.</param>
public sealed class Arrivals(double rate, double burstiness, int seed)
{
    readonly Random _random = new(seed);

    /// <summary>Seconds to the next request.</summary>
    public double NextGap() => double.IsPositiveInfinity(rate) ? 0 : burstiness == 1 ? Exponential() / rate : Gamma(burstiness) / (rate * burstiness);

    double Exponential() => -Math.Log(1 - _random.NextDouble());

    // Marsaglia and Tsang, "A simple method for generating gamma variables" (2000); a shape below 1 by its boost u^(1/shape).
    double Gamma(double shape)
    {
        if (shape < 1)
        {
            return Gamma(shape + 1) * Math.Pow(1 - _random.NextDouble(), 1 / shape);
        }

        double d = shape - 1.0 / 3, c = 1 / Math.Sqrt(9 * d);
        while (true)
        {
            double x = Normal();
            double v = 1 + c * x;
            v = v * v * v;
            if (v > 0 && Math.Log(1 - _random.NextDouble()) < 0.5 * x * x + d - d * v + d * Math.Log(v))
            {
                return d * v;
            }
        }
    }

    double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
