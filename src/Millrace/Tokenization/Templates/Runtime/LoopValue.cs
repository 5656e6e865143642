using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>The variable <c>loop</c> of a for loop; it looks at most one element ahead unless the length is asked for.</summary>
sealed class LoopValue : CallableValue
{
    readonly Func<RenderContext, Value, int, Value>? _recurse;
    readonly int _depth0;
    IEnumerator<Value> _elements;
    int? _length;
    Value? _after;
    Value? _before;
    Value? _current;
    Value[]? _lastChanged;
    int _index0 = -1;

    /// <param name="context">The rendering.</param>
    /// <param name="iterable">What is iterated.</param>
    /// <param name="recurse">Renders the loop over other elements one level deeper, where the loop is recursive.</param>
    /// <param name="depth0">The level.</param>
    public LoopValue(RenderContext context, Value iterable, Func<RenderContext, Value, int, Value>? recurse, int depth0)
    {
        _elements = Iteration.Of(context, iterable).GetEnumerator();
        _length = Iteration.Length(iterable);
        _recurse = recurse;
        _depth0 = depth0;
    }

    public override string TypeName => "LoopContext";

    public override bool Truthy => Length > 0;

    public Value Current => _current!;

    public int Length => _length ??= ReadRest();

    public string Describe() => $"<LoopContext {_index0 + 1}/{Length}>";

    /// <summary>Moves to the next element; false at the end.</summary>
    public bool Advance()
    {
        Value? next = _after ?? Pull();
        _after = null;
        if (next is null)
        {
            return false;
        }

        _index0++;
        _before = _current;
        _current = next;
        return true;
    }

    public Value? Attribute(string name) => name switch
    {
        "index" => IntValue.Of(_index0 + 1),
        "index0" => IntValue.Of(_index0),
        "revindex" => IntValue.Of(Length - _index0),
        "revindex0" => IntValue.Of(Length - _index0 - 1),
        "first" => BoolValue.Of(_index0 == 0),
        "last" => BoolValue.Of(Peek() is null),
        "length" => IntValue.Of(Length),
        "depth" => IntValue.Of(_depth0 + 1),
        "depth0" => IntValue.Of(_depth0),
        "previtem" => _index0 == 0 ? new UndefinedValue("there is no previous item") : _before ?? NoneValue.Instance,
        "nextitem" => Peek() ?? new UndefinedValue("there is no next item"),
        "cycle" => new FunctionValue(name, (_, arguments) => Cycle(arguments), isMethod: true),
        "changed" => new FunctionValue(name, (context, arguments) => Changed(context, arguments), isMethod: true),
        _ => null,
    };

    public override Value Call(RenderContext context, Arguments arguments)
    {
        Value iterable = arguments.Bind("loop", ["iterable"], 1)[0]!;
        return _recurse is not null
            ? _recurse(context, iterable, _depth0 + 1)
            : throw new TemplateException("The loop must have the 'recursive' marker to be called recursively.");
    }

    Value? Pull() => _elements.MoveNext() ? _elements.Current : null;

    Value? Peek() => _after ??= Pull();

    int ReadRest()
    {
        List<Value> rest = [];
        while (Pull() is { } item)
        {
            rest.Add(item);
        }

        _elements = rest.GetEnumerator();
        return rest.Count + _index0 + 1 + (_after is null ? 0 : 1);
    }

    Value Cycle(Arguments arguments) => arguments.Positional.Length == 0
        ? throw new TemplateException("no items for cycling given")
        : arguments.Positional[_index0 % arguments.Positional.Length];

    BoolValue Changed(RenderContext context, Arguments arguments)
    {
        Value[]? last = _lastChanged;
        _lastChanged = arguments.Positional;
        return BoolValue.Of(last is null || !Comparison.Equal(context, new TupleValue(last), new TupleValue(arguments.Positional)));
    }
}
