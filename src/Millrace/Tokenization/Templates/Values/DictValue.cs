using Millrace.Tokenization.Templates.Runtime;

namespace Millrace.Tokenization.Templates.Values;

/// <summary>A dictionary in the order of insertion; it changes only while it is being built.</summary>
sealed class DictValue : Value
{
    const int IndexFrom = 8; // below, a scan is faster than hashing

    readonly List<KeyValuePair<Value, Value>> _entries = [];
    Dictionary<Value, int>? _index;
    int _depth = 1;

    public IReadOnlyList<KeyValuePair<Value, Value>> Entries => _entries;

    public int Count => _entries.Count;

    public override string TypeName => "dict";

    public override bool Truthy => _entries.Count > 0;

    public override int Depth => _depth;

    /// <summary>The value of a key, or null.</summary>
    public Value? Find(Value key)
    {
        int at = IndexOf(key);
        return at < 0 ? null : _entries[at].Value;
    }

    /// <summary>The value of a string key, or null.</summary>
    public Value? Find(string key)
    {
        if (_index is not null)
        {
            return Find(new Str(key, trusted: true));
        }

        foreach ((Value name, Value value) in _entries)
        {
            if (name is Str text && text.Text == key)
            {
                return value;
            }
        }

        return null;
    }

    /// <summary>Sets the value of a key, which keeps its place if it was there.</summary>
    /// <exception cref="TemplateException">The key cannot be hashed, or the nesting is too deep.</exception>
    public void Set(Value key, Value value)
    {
        _depth = DepthAround(value, DepthAround(key, _depth));
        int at = IndexOf(key);
        if (at >= 0)
        {
            _entries[at] = new(_entries[at].Key, value);
            return;
        }

        _entries.Add(new(key, value));
        if (_index is not null)
        {
            _index.Add(key, _entries.Count - 1);
        }
        else if (_entries.Count > IndexFrom)
        {
            _index = new(Comparison.Keys);
            for (int i = 0; i < _entries.Count; i++)
            {
                _index.Add(_entries[i].Key, i);
            }
        }
    }

    int IndexOf(Value key)
    {
        Comparison.RequireHashable(key);
        if (_index is not null)
        {
            return _index.TryGetValue(key, out int at) ? at : -1;
        }

        for (int i = 0; i < _entries.Count; i++)
        {
            if (Comparison.Equal(null, _entries[i].Key, key))
            {
                return i;
            }
        }

        return -1;
    }
}
