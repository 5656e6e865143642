using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>
/// The variables set at one level of a template; names not found here are looked up further out. Names are compared by
/// reference: the parser keeps one string for each.
/// </summary>
sealed class Scope
{
    string[] _names = [];
    Value[] _values = [];
    int _count;

    /// <param name="outer">The level around it, or null.</param>
    /// <param name="frame">What the parser knows of it: the names that begin undefined.</param>
    public Scope(Scope? outer, Frame frame)
    {
        Outer = outer;
        foreach (string name in frame.Hidden)
        {
            Set(name, new UndefinedValue($"'{name}' is undefined"));
        }
    }

    /// <summary>The value of a name, or null.</summary>
    public Value? Find(string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            for (int i = 0; i < scope._count; i++)
            {
                if (ReferenceEquals(scope._names[i], name))
                {
                    return scope._values[i];
                }
            }
        }

        return null;
    }

    public void Set(string name, Value value)
    {
        for (int i = 0; i < _count; i++)
        {
            if (ReferenceEquals(_names[i], name))
            {
                _values[i] = value;
                return;
            }
        }

        if (_count == _names.Length)
        {
            Array.Resize(ref _names, Math.Max(4, 2 * _count));
            Array.Resize(ref _values, _names.Length);
        }

        _names[_count] = name;
        _values[_count++] = value;
    }

    Scope? Outer { get; }
}
