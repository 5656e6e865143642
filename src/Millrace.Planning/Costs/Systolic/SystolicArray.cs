using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs.Systolic;

/// <summary>The matrix units of a chip: square grids of multiply-adders that hold a tile of the weights still while rows of activations pass through (Kung 1982; Jouppi et al. 2017).</summary>
/// <remarks>A tile takes <paramref name="Rows"/> cycles to load, hidden behind the rows of the tile before it. So fewer rows of activations than that leave the grid idle, and a matrix that is no multiple of the tile leaves a part of its last tiles idle.</remarks>
/// <param name="Rows">Inputs of a tile.</param>
/// <param name="Columns">Outputs of a tile.</param>
/// <param name="Arrays">Grids on a chip.</param>
/// <param name="Source">Where this is published.</param>
public sealed record SystolicArray(int Rows, int Columns, int Arrays, string Source)
{
    const string ScalingBook = "https://github.com/jax-ml/scaling-book/blob/main/tpus.md";
    const string NeuronSdk = "https://github.com/aws-neuron/aws-neuron-sdk/tree/master/about-neuron/arch/neuron-hardware";

    static readonly Dictionary<string, SystolicArray> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["tpu-v4"] = new(128, 128, 8, ScalingBook),
        ["tpu-v5e"] = new(128, 128, 4, ScalingBook),
        ["tpu-v5p"] = new(128, 128, 8, ScalingBook),
        ["tpu-v6e"] = new(256, 256, 4, ScalingBook),
        ["tpu-v7x"] = new(256, 256, 8, "estimate: two chiplets, each as the v6e"),
        ["inferentia2"] = new(128, 128, 2, NeuronSdk),
        ["trainium1"] = new(128, 128, 2, NeuronSdk),
        ["trainium2"] = new(128, 128, 8, NeuronSdk),
    };

    /// <summary>The arrays of a device, or one grid of 128 × 128, the commonest, where they are not known.</summary>
    public static SystolicArray Of(DeviceSpec device) => Known.GetValueOrDefault(device.Id) ?? new(128, 128, 1, "assumed");

    /// <summary>The share of the peak that a product <c>[rows, inputs] · [inputs, outputs]</c> on one chip can reach, 0 to 1.</summary>
    /// <param name="rows">Rows of activations: tokens of a step.</param>
    /// <param name="inputs">Columns of the weight on this chip.</param>
    /// <param name="outputs">Rows of the weight on this chip.</param>
    public double Utilisation(double rows, double inputs, double outputs)
    {
        if (rows <= 0 || inputs <= 0 || outputs <= 0)
        {
            return 0;
        }

        double tiles = Math.Ceiling(inputs / Rows) * Math.Ceiling(outputs / Columns);
        double rounds = Math.Ceiling(tiles / Arrays); // the arrays work side by side, each on its tile
        double used = rows * inputs * outputs;
        return used / (rounds * Arrays * Rows * Columns * Math.Max(rows, Rows));
    }
}
