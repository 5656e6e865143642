using System.Runtime.CompilerServices;

namespace Millrace.Planning.Costs;

/// <summary>What a step's time is a sum of. Each term is a time or a count that follows from the model and the data sheet; its coefficient, which is calibrated, says how well an engine does.</summary>
enum Term
{
    /// <summary>Weight bytes over the bandwidth of the chips that share a layer.</summary>
    Weights,

    /// <summary>Bytes of keys and values read, over the same bandwidth.</summary>
    Kv,

    /// <summary>Operations of products for prompt tokens, over the peak of the weights' type.</summary>
    PromptFlops,

    /// <summary>Operations of attention over the 16-bit peak.</summary>
    Attention,

    /// <summary>Operations of products for decoded tokens, over the peak of the weights' type.</summary>
    DecodeFlops,

    /// <summary>Bytes of collectives over the link.</summary>
    LinkBytes,

    /// <summary>Rounds of collectives one after the other, in tenths of a millisecond a thousand.</summary>
    LinkRounds,

    /// <summary>Layers, in tenths of a millisecond: launches and small ops.</summary>
    Layers,

    /// <summary>Layers with experts, besides: routing and scattering.</summary>
    ExpertLayers,

    /// <summary>Layers of steps that compute prompts, besides.</summary>
    PromptLayers,

    /// <summary>Sequences, in tenths of a millisecond: sampling, bookkeeping.</summary>
    Sequences,

    /// <summary>Prompt tokens, in hundredths of a millisecond: copies, hashes of the cache.</summary>
    PromptTokens,

    /// <summary>The step itself, in milliseconds.</summary>
    Step,

    /// <summary>A request's way to the engine and back, in hundredths of a second; of the time to the first token alone.</summary>
    Request,

    /// <summary>The same for each prompt token, in hundredths of a millisecond: tokenizing.</summary>
    RequestTokens,
}

/// <summary>A number for each <see cref="Term"/>.</summary>
[InlineArray(Count)]
struct Terms
{
    /// <summary>How many terms there are.</summary>
    public const int Count = 15;

    double _first;

    /// <summary>The number of a term.</summary>
    public double this[Term term]
    {
        readonly get => this[(int)term];
        set => this[(int)term] = value;
    }

    /// <summary>The sum of products with coefficients: seconds.</summary>
    public readonly double Times(in Terms coefficients)
    {
        double sum = 0;
        for (int i = 0; i < Count; i++)
        {
            sum += this[i] * coefficients[i];
        }

        return sum;
    }

    /// <summary>Adds so many times others.</summary>
    public void Add(in Terms other, double times = 1)
    {
        for (int i = 0; i < Count; i++)
        {
            this[i] += other[i] * times;
        }
    }

    /// <summary>Numbers from a list; those that it lacks are 0.</summary>
    public static Terms Of(ReadOnlySpan<double> values)
    {
        Terms terms = default;
        for (int i = 0; i < Math.Min(Count, values.Length); i++)
        {
            terms[i] = values[i];
        }

        return terms;
    }
}
