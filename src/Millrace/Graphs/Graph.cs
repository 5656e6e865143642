namespace Millrace.Graphs;

/// <summary>A model as a list of ops in an order in which they can run. An architecture page builds it; passes rewrite it; a plan gives it buffers.</summary>
/// <param name="Ops">The ops; each reads only values made before it.</param>
/// <param name="Logits">The result, <c>[logit rows, vocabulary]</c>.</param>
/// <param name="Layers">The attention shape of each layer that has a KV cache.</param>
public sealed record Graph(IReadOnlyList<Op> Ops, Value Logits, IReadOnlyList<AttentionShape> Layers)
{
    /// <summary>How many inputs of ops read each value.</summary>
    public Dictionary<Value, int> Readers()
    {
        Dictionary<Value, int> readers = [];
        foreach (Value input in Ops.SelectMany(op => op.Inputs))
        {
            readers[input] = readers.GetValueOrDefault(input) + 1;
        }

        return readers;
    }

    /// <summary>Throws where an op reads a value that is not made before it: a pass or a page is wrong.</summary>
    public Graph Check()
    {
        HashSet<Value> made = [];
        foreach (Op op in Ops)
        {
            foreach (Value input in op.Inputs)
            {
                if (!made.Contains(input))
                {
                    throw new InvalidOperationException($"{op.Name} ({op.Kind}) reads {input.Name} before it is made");
                }
            }

            foreach (Value output in op.Outputs)
            {
                if (!made.Add(output))
                {
                    throw new InvalidOperationException($"{op.Name} ({op.Kind}) makes {output.Name} again");
                }
            }
        }

        return made.Contains(Logits) ? this : throw new InvalidOperationException("nothing makes the logits");
    }
}
