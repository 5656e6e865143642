using System.Numerics;

namespace Millrace.Tokenization.Templates.Values;

/// <summary>A list or a tuple. The items belong to it.</summary>
abstract class SequenceValue : Value
{
    protected SequenceValue(Value[] items)
    {
        Items = items;
        int depth = 1;
        foreach (Value item in items)
        {
            depth = DepthAround(item, depth);
        }

        Depth = depth;
    }

    public Value[] Items { get; }

    public override bool Truthy => Items.Length > 0;

    public override int Depth { get; }
}

/// <summary>A list; like all containers here it cannot be changed (transformers' sandbox refuses append and the like).</summary>
sealed class ListValue(params Value[] items) : SequenceValue(items)
{
    public override string TypeName => "list";
}

/// <summary>A tuple, or one group of <c>groupby</c>, whose two items also have the names grouper and list.</summary>
sealed class TupleValue(Value[] items, bool isGroup = false) : SequenceValue(items)
{
    public bool IsGroup { get; } = isGroup;

    public override string TypeName => IsGroup ? "_GroupTuple" : "tuple";
}

/// <summary>range(start, stop, step).</summary>
sealed class RangeValue(BigInteger start, BigInteger stop, BigInteger step, int count) : Value
{
    public BigInteger Start { get; } = start;

    public BigInteger Stop { get; } = stop;

    public BigInteger Step { get; } = step;

    public int Count { get; } = count;

    public override string TypeName => "range";

    public override bool Truthy => Count > 0;

    public Value this[int index] => IntValue.Of(Start + Step * index);
}

/// <summary>What dict.keys(), .values() and .items() give: a view that can be iterated again and has a length.</summary>
sealed class ViewValue(DictValue dict, string kind) : Value
{
    public DictValue Dict { get; } = dict;

    public override string TypeName { get; } = kind;

    public override bool Truthy => Dict.Count > 0;

    public override int Depth => Dict.Depth + 1;

    public IEnumerable<Value> Elements()
    {
        foreach ((Value key, Value value) in Dict.Entries)
        {
            yield return TypeName switch
            {
                "dict_keys" => key,
                "dict_values" => value,
                _ => new TupleValue([key, value]),
            };
        }
    }
}

/// <summary>An iterator: its elements are computed as they are asked for, once.</summary>
sealed class GeneratorValue : Value
{
    readonly IEnumerator<Value> _elements;

    /// <param name="elements">Gives the elements.</param>
    /// <param name="source">What they are computed from: chains of generators are limited like nested containers.</param>
    /// <param name="typeName">The Python type's name.</param>
    public GeneratorValue(IEnumerable<Value> elements, Value source, string typeName = "generator")
    {
        _elements = elements.GetEnumerator();
        Depth = DepthAround(source);
        TypeName = typeName;
    }

    public override string TypeName { get; }

    public override int Depth { get; }

    /// <summary>The next element, or null at the end.</summary>
    public Value? Next() => _elements.MoveNext() ? _elements.Current : null;
}
