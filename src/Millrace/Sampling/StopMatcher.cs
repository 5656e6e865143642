using System.Text;

namespace Millrace.Sampling;

/// <summary>Finds the first of some stop strings in text that comes in pieces, and holds back what may be the beginning of one. Linear in the text, however many strings there are and however they overlap (Aho and Corasick, 1975).</summary>
public sealed class StopMatcher
{
    readonly Dictionary<(int Node, char Next), int> _children = [];
    readonly List<int> _fallback = [0]; // by node: the longest proper suffix of its text that is a node
    readonly List<int> _depth = [0];    // by node: length of its text
    readonly List<int> _match = [0];    // by node: length of the longest stop string that its text ends with
    readonly StringBuilder _held = new();
    int _node;

    /// <summary>Prepares for some stop strings; none may be empty.</summary>
    public StopMatcher(IEnumerable<string> stops)
    {
        foreach (string stop in stops)
        {
            ArgumentException.ThrowIfNullOrEmpty(stop, nameof(stops));
            int node = 0;
            foreach (char next in stop)
            {
                node = Child(node, next);
            }

            _match[node] = stop.Length;
        }

        Link();
    }

    /// <summary>Whether a stop string was found. Nothing comes after it.</summary>
    public bool Stopped { get; private set; }

    /// <summary>The stop string that was found.</summary>
    public string? Found { get; private set; }

    /// <summary>Takes a piece of text; returns what is now known to come before any stop string. The string that ends first wins, and of those that end together the longest.</summary>
    public string Push(ReadOnlySpan<char> text)
    {
        if (Stopped)
        {
            return "";
        }

        foreach (char next in text)
        {
            _held.Append(next);
            _node = Next(_node, next);
            if (_match[_node] is > 0 and int length)
            {
                Stopped = true;
                Found = _held.ToString(_held.Length - length, length);
                _held.Length -= length;
                return Release(_held.Length);
            }
        }

        return Release(_held.Length - _depth[_node]);
    }

    /// <summary>The text is over: returns what was held back.</summary>
    public string Flush()
    {
        _node = 0;
        return Release(_held.Length);
    }

    string Release(int length)
    {
        if (length == 0)
        {
            return "";
        }

        string released = _held.ToString(0, length);
        _held.Remove(0, length);
        return released;
    }

    int Child(int node, char next)
    {
        if (!_children.TryGetValue((node, next), out int child))
        {
            child = _depth.Count;
            _children.Add((node, next), child);
            _fallback.Add(0);
            _depth.Add(_depth[node] + 1);
            _match.Add(0);
        }

        return child;
    }

    int Next(int node, char next)
    {
        int child;
        while (!_children.TryGetValue((node, next), out child) && node != 0)
        {
            node = _fallback[node];
        }

        return child;
    }

    /// <summary>Fallbacks and inherited matches, nodes of less depth first.</summary>
    void Link()
    {
        foreach (((int parent, char next), int node) in _children.OrderBy(edge => _depth[edge.Value]))
        {
            _fallback[node] = parent == 0 ? 0 : Next(_fallback[parent], next);
            if (_match[node] == 0)
            {
                _match[node] = _match[_fallback[node]];
            }
        }
    }
}
