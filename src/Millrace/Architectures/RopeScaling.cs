using Millrace.Formats;
using Millrace.Graphs;

namespace Millrace.Architectures;

/// <summary>Turns the rope keys and factor tensors of a file into frequencies.</summary>
/// <remarks>Sources: Su et al. 2021; linear: Chen et al. 2023; YaRN: Peng et al. 2023; longrope: Ding et al. 2024; the order of precedence and the defaults are llama.cpp's.</remarks>
static class RopeScaling
{
    /// <summary>The rotation of a model.</summary>
    /// <param name="config">The hyperparameters.</param>
    /// <param name="graph">Marks the factor tensors as used.</param>
    /// <param name="neoX">How numbers are paired.</param>
    /// <param name="frequencyBase">θ, where it is not the file's.</param>
    /// <param name="scaled">False where the layer's rotation is not scaled (gemma3's local layers).</param>
    public static Rope Read(ModelConfig config, GraphBuilder graph, bool neoX, float? frequencyBase = null, bool scaled = true)
    {
        int dimensions = config.RopeDimensions;
        if (dimensions % 2 != 0)
        {
            throw config.Wrong("rope.dimension_count", "an even number", $"{dimensions}");
        }

        int pairs = dimensions / 2;
        double theta = frequencyBase ?? config.RopeBase;
        double[] frequencies = [.. Enumerable.Range(0, pairs).Select(i => Math.Pow(theta, -2.0 * i / dimensions))];
        string type = scaled ? config.String("rope.scaling.type", "linear") : "none";
        if (type is not ("none" or "linear" or "yarn" or "longrope"))
        {
            throw config.Wrong("rope.scaling.type", "none, linear, yarn or longrope", $"\"{type}\"");
        }

        double factor = type == "none" ? 1 : config.Float("rope.scaling.factor", config.Float("rope.scale_linear", 1));
        factor = factor == 0 ? 1 : factor > 0 ? factor : throw config.Wrong("rope.scaling.factor", "a positive number", $"{factor}");
        float magnitude = scaled ? config.Float("rope.scaling.attn_factor", 1) : 1;
        int original = config.Int("rope.scaling.original_context_length", config.TrainedContext);

        if (Factors(config, graph, original, pairs) is { } divisors && scaled)
        {
            for (int i = 0; i < pairs; i++)
            {
                frequencies[i] /= divisors[i];
            }
        }

        if (type == "yarn")
        {
            Yarn(config, frequencies, theta, factor, original);
            magnitude *= (float)(1 + 0.1 * Math.Log(factor));
        }
        else
        {
            for (int i = 0; i < pairs; i++)
            {
                frequencies[i] /= factor;
            }
        }

        return new(dimensions, neoX, frequencies, magnitude);
    }

    /// <summary>Frequencies that turn many times within the original context stay, those that turn less than once are divided, a ramp between.</summary>
    static void Yarn(ModelConfig config, double[] frequencies, double theta, double factor, int original)
    {
        int dimensions = 2 * frequencies.Length;
        double low = Math.Max(0, Math.Floor(Correction(config.Float("rope.scaling.yarn_beta_fast", 32))));
        double high = Math.Min(dimensions - 1, Math.Ceiling(Correction(config.Float("rope.scaling.yarn_beta_slow", 1))));
        for (int i = 0; i < frequencies.Length; i++)
        {
            double ramp = 1 - Math.Clamp((i - low) / Math.Max(0.001, high - low), 0, 1);
            frequencies[i] = frequencies[i] / factor * (1 - ramp) + frequencies[i] * ramp;
        }

        // The pair that turns `rotations` times within the original context.
        double Correction(float rotations) => dimensions * Math.Log(original / (rotations * 2 * Math.PI)) / (2 * Math.Log(theta));
    }

    static float[]? Factors(ModelConfig config, GraphBuilder graph, int original, int pairs)
    {
        string[] names = ["rope_freqs.weight", "rope_factors_long.weight", "rope_factors_short.weight"];
        foreach (string name in names)
        {
            graph.Ignore(name);
        }

        // llama.cpp's contexts are multiples of 256: a run just at the original context takes the short factors in both.
        bool beyond = ((config.Context + 255L) & ~255L) > original;
        string wanted = graph.Has(names[0]) ? names[0] : beyond ? names[1] : names[2];
        if (!graph.Has(wanted))
        {
            return null;
        }

        graph.Vector(wanted, pairs);
        float[] factors = config.File.Tensor(wanted).ReadFloats();
        return Array.TrueForAll(factors, static factor => float.IsFinite(factor) && factor > 0)
            ? factors
            : throw new ModelFormatException(config.File.Path, wanted, -1, "positive factors", "one that is not");
    }
}
