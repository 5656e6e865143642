using Millrace.Kernels;

namespace Millrace.Graphs;

/// <summary>Memory that values take turns in.</summary>
/// <param name="Index">Its number in the plan.</param>
/// <param name="Rows">The rows it has room for.</param>
/// <param name="Width">Floats in a row, or the columns of a quantized form.</param>
/// <param name="Quantized">The form, or null for floats.</param>
public sealed record PlanBuffer(int Index, RowDomain Rows, int Width, ActivationKind? Quantized);

/// <summary>A graph made ready to run or to be priced: the ops in order, a buffer for each value, and how rows are cut between threads. Nothing of it changes while tokens are made.</summary>
public sealed class Plan
{
    /// <summary>Output rows of a product that a thread computes at a time: a slab that stays in its L2 cache while all tokens of the step pass over it.</summary>
    public const int SlabRows = 64;

    readonly Dictionary<Value, int> _buffer = [];

    Plan(Graph graph, Fusions fusions)
    {
        Graph = graph;
        Fusions = fusions;
        int select = graph.Ops.ToList().FindIndex(op => op is SelectRowsOp);
        Body = [.. graph.Ops.Take(select)];
        Head = [.. graph.Ops.Skip(select)];
        Buffers = Assign();
    }

    /// <summary>The graph after the passes.</summary>
    public Graph Graph { get; }

    /// <summary>The passes that were applied.</summary>
    public Fusions Fusions { get; }

    /// <summary>What runs once over the tokens of a step.</summary>
    public IReadOnlyList<Op> Body { get; }

    /// <summary>What runs over the rows whose logits are wanted, a slice of them at a time; it begins with the <see cref="SelectRowsOp"/>.</summary>
    public IReadOnlyList<Op> Head { get; }

    /// <summary>The memory that the values need.</summary>
    public IReadOnlyList<PlanBuffer> Buffers { get; }

    /// <summary>Makes a plan.</summary>
    public static Plan Compile(Graph graph, Fusions fusions = Fusions.All) => new(Passes.Apply(graph, fusions), fusions);

    /// <summary>The buffer of a value.</summary>
    public int BufferOf(Value value) => _buffer[value];

    /// <summary>The cost of a whole step.</summary>
    public OpCost Cost(StepShape step) => Graph.Ops.Aggregate(default(OpCost), (sum, op) => sum + op.Cost(step));

    /// <summary>Matrices, each once.</summary>
    public IReadOnlyList<WeightRef> Weights => [.. Graph.Ops.SelectMany(op => op.Weights).Distinct()];

    /// <summary>Linear scan: a value takes the memory of one that nothing reads any more, its own input's where the op allows.</summary>
    List<PlanBuffer> Assign()
    {
        Dictionary<Value, int> left = Graph.Readers();
        left[Graph.Logits] = int.MaxValue; // read by whoever ran the plan
        List<PlanBuffer> buffers = [];
        List<int> free = [];
        foreach (Op op in Graph.Ops)
        {
            Value[] ending = [.. op.Inputs.Distinct().Where(input => left[input] == op.Inputs.Count(other => other == input))];
            foreach (Value output in op.Outputs.Where(output => output.Width > 0))
            {
                if (op.InPlace is var (input, inPlace) && inPlace == output && ending.Contains(input) && _buffer.TryGetValue(input, out int reused))
                {
                    _buffer[output] = reused;
                    ending = [.. ending.Where(other => other != input)];
                }
                else
                {
                    _buffer[output] = Take(output);
                }
            }

            // A select runs again for each slice of rows, so what it reads stays.
            if (op is not SelectRowsOp)
            {
                free.AddRange(ending.Where(_buffer.ContainsKey).Select(input => _buffer[input]));
            }

            free.AddRange(op.Outputs.Where(output => output.Width > 0 && !left.ContainsKey(output)).Select(output => _buffer[output]));
            foreach (Value input in op.Inputs)
            {
                left[input]--;
            }
        }

        return buffers;

        int Take(Value value)
        {
            int found = free.FindIndex(index => buffers[index] is var buffer && buffer.Rows == value.Rows && buffer.Quantized == value.Quantized
                && (value.Quantized is null || buffer.Width == value.Width));
            if (found < 0)
            {
                buffers.Add(new(buffers.Count, value.Rows, value.Width, value.Quantized));
                return buffers.Count - 1;
            }

            int index = free[found];
            free.RemoveAt(found);
            buffers[index] = buffers[index] with { Width = Math.Max(buffers[index].Width, value.Width) };
            return index;
        }
    }
}
