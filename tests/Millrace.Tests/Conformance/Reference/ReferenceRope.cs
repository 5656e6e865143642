using Millrace.Formats;

namespace Millrace.Tests.Conformance.Reference;

/// <summary>Rotary position embedding with every scaling a file can ask for, in f64.</summary>
sealed class ReferenceRope
{
    readonly double[] _frequencies;
    readonly double _magnitude;
    readonly bool _neox;

    ReferenceRope(double[] frequencies, double magnitude, bool neox) => (_frequencies, _magnitude, _neox) = (frequencies, magnitude, neox);

    /// <summary>The rotation that a file's metadata describes.</summary>
    /// <param name="file">The model.</param>
    /// <param name="dimensions">How many of a head's numbers turn.</param>
    /// <param name="neox">Pairs (i, i + n/2) instead of (2i, 2i + 1).</param>
    /// <param name="context">The context of the run, which decides between long and short factors.</param>
    /// <param name="localBase">The base of a layer that has its own.</param>
    /// <param name="scaled">Whether the scaling applies.</param>
    public static ReferenceRope Of(ModelFile file, int dimensions, bool neox, int context, double? localBase = null, bool scaled = true)
    {
        Metadata metadata = file.Metadata;
        string prefix = metadata.String("general.architecture") + ".rope.";
        double @base = localBase ?? metadata.Float(prefix + "freq_base", 10000);
        string type = metadata.String(prefix + "scaling.type", "linear");
        double factor = metadata.Float(prefix + "scaling.factor", 0);
        double slow = !scaled || factor == 0 || type == "none" ? 1 : 1 / factor;
        int original = metadata.Int(prefix + "scaling.original_context_length", metadata.Int(metadata.String("general.architecture") + ".context_length"));
        double magnitude = metadata.Float(prefix + "scaling.attn_factor", 1);
        double[] divisors = Divisors(file, context > original, dimensions);
        bool yarn = type == "yarn" && scaled;
        if (yarn)
        {
            magnitude *= 1 + 0.1 * Math.Log(1 / slow);
        }

        double low = Math.Max(0, Math.Floor(Correction(metadata.Float(prefix + "scaling.yarn_beta_fast", 32))));
        double high = Math.Min(dimensions - 1, Math.Ceiling(Correction(metadata.Float(prefix + "scaling.yarn_beta_slow", 1))));
        double[] frequencies = new double[dimensions / 2];
        for (int i = 0; i < frequencies.Length; i++)
        {
            double plain = Math.Pow(@base, -2.0 * i / dimensions) / divisors[i];
            double ramp = yarn ? 1 - Math.Clamp((i - low) / Math.Max(0.001, high - low), 0, 1) : 0;
            frequencies[i] = slow * plain * (1 - ramp) + plain * ramp;
        }

        return new(frequencies, magnitude, neox);

        double Correction(double beta) => dimensions * Math.Log(original / (beta * 2 * Math.PI)) / (2 * Math.Log(@base));
    }

    /// <summary>Turns each head of a row, in place.</summary>
    public void Apply(Span<double> row, int headDim, int position)
    {
        int pairs = _frequencies.Length;
        for (int head = 0; head < row.Length; head += headDim)
        {
            for (int i = 0; i < pairs; i++)
            {
                (double sin, double cos) = Math.SinCos(position * _frequencies[i]);
                ref double a = ref row[head + (_neox ? i : 2 * i)];
                ref double b = ref row[head + (_neox ? i + pairs : 2 * i + 1)];
                (a, b) = (_magnitude * (a * cos - b * sin), _magnitude * (a * sin + b * cos));
            }
        }
    }

    static double[] Divisors(ModelFile file, bool @long, int dimensions)
    {
        string name = file.Tensors.ContainsKey("rope_freqs.weight") ? "rope_freqs.weight" : @long ? "rope_factors_long.weight" : "rope_factors_short.weight";
        return file.Tensors.TryGetValue(name, out Tensor? tensor)
            ? new ReferenceMatrix(tensor).Row(0)
            : [.. Enumerable.Repeat(1.0, dimensions / 2)];
    }
}
