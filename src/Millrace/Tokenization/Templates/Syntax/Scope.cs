using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>
/// The variables set at one level of a template; names not found here are looked up further out. Names are compared by
/// reference: the parser keeps one string for each.
/// </summary>
sealed class Scope
{
    const int IndexFrom = 32; // below, a scan is faster than hashing

    string[] _names = [];
    Value[] _values = [];
    Dictionary<string, int>? _index;
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
            int at = scope.IndexOf(name);
            if (at >= 0)
            {
                return scope._values[at];
            }
        }

        return null;
    }

    public void Set(string name, Value value)
    {
        int at = IndexOf(name);
        if (at >= 0)
        {
            _values[at] = value;
            return;
        }

        if (_count == _names.Length)
        {
            Array.Resize(ref _names, Math.Max(4, 2 * _count));
            Array.Resize(ref _values, _names.Length);
        }

        _names[_count] = name;
        _values[_count++] = value;
        if (_count > IndexFrom)
        {
            _index ??= Enumerable.Range(0, _count - 1).ToDictionary(i => _names[i]);
            _index.Add(name, _count - 1);
        }
    }

    int IndexOf(string name)
    {
        if (_index is not null)
        {
            return _index.TryGetValue(name, out int at) ? at : -1;
        }

        for (int i = 0; i < _count; i++)
        {
            if (ReferenceEquals(_names[i], name))
            {
                return i;
            }
        }

        return -1;
    }

    Scope? Outer { get; }
}
