using Millrace.Formats;

namespace Millrace.Tests.Conformance.Models;

/// <summary>Collects the metadata and the random tensors of a small model. Matrices are scaled by their inputs' count, so that activations keep their size from layer to layer.</summary>
sealed class TinyModelBuilder(string architecture, WeightType type)
{
    readonly List<TinyTensor> _tensors = [];

    /// <summary>The metadata, in file order.</summary>
    public OrderedDictionary<string, object> Metadata { get; } = new() { ["general.architecture"] = architecture };

    /// <summary>The tensors, in file order.</summary>
    public IReadOnlyList<TinyTensor> Tensors => _tensors;

    /// <summary>The type of a matrix whose name does not say otherwise.</summary>
    public WeightType Type { get; } = type;

    /// <summary>A key under the architecture's prefix; integers become uint as in real files.</summary>
    public void Set(string key, object value) => Metadata[$"{architecture}.{key}"] = value is int number ? (uint)number : value;

    /// <summary>A matrix of random weights of deviation <paramref name="gain"/> / √columns.</summary>
    public void Matrix(string name, int columns, int rows, int experts = 0, double gain = 1, WeightType? type = null) =>
        _tensors.Add(new($"{name}.weight", experts > 0 ? [columns, rows, experts] : [columns, rows], type ?? Type, 0, gain / Math.Sqrt(columns)));

    /// <summary>A vector of F32 numbers around a mean; <paramref name="experts"/> of them one after the other.</summary>
    public void Vector(string name, int length, double mean, double spread, int experts = 0) =>
        _tensors.Add(new(name, experts > 0 ? [length, experts] : [length], WeightType.F32, mean, spread));

    /// <summary>A vector of given numbers.</summary>
    public void Vector(string name, IEnumerable<double> values)
    {
        float[] numbers = [.. values.Select(value => (float)value)];
        _tensors.Add(new(name, [numbers.Length], WeightType.F32, 0, 0, numbers));
    }

    /// <summary>Gives the matrices of the model's own type the given types in turn, as files do that keep more bits where they matter.</summary>
    public TinyModelBuilder Mix(params WeightType[] types)
    {
        int next = 0;
        for (int i = 0; i < _tensors.Count; i++)
        {
            if (_tensors[i] is { Mean: 0, Shape.Length: > 1 } tensor && tensor.Type == Type)
            {
                _tensors[i] = tensor with { Type = types[next++ % types.Length] };
            }
        }

        return this;
    }

    /// <summary>The weight of a norm: around 1.</summary>
    public void Norm(string name, int length) => Vector($"{name}.weight", length, 1, 0.2);
}

/// <summary>A tensor to be: its numbers are given, or drawn from a normal distribution.</summary>
sealed record TinyTensor(string Name, long[] Shape, WeightType Type, double Mean, double Spread, float[]? Values = null)
{
    /// <summary>How many numbers.</summary>
    public int Count => checked((int)Shape.Aggregate(1L, (product, extent) => product * extent));
}
