using System.Buffers;
using System.Collections.Concurrent;

namespace Millrace.Tools.StoryModel.World;

/// <summary>
/// The grammar that all text is written in. <c>{a|b|c}</c> is one of several, each as likely as the others unless a
/// weight leads it (<c>{3:a|b}</c>); <c>[a]</c> is there half of the time; <c>&lt;slot&gt;</c> is a fact of the
/// story (see <see cref="Story"/>); <c>&lt;@rule&gt;</c> is a phrase of <see cref="Phrases"/>, chosen anew at each use.
/// </summary>
abstract record Template
{
    static readonly ConcurrentDictionary<string, Template> Parsed = new();

    static readonly SearchValues<char> Marks = SearchValues.Create("{}[]<>|");

    internal sealed record Text(string Value) : Template;
    internal sealed record Slot(string Name, bool Capital) : Template;
    internal sealed record Sequence(Template[] Parts) : Template;
    internal sealed record Choice(int[] Weights, Template[] Options) : Template
    {
        internal int Total { get; } = Weights.Sum();
    }

    /// <summary>Parses a template, once for each text.</summary>
    /// <exception cref="FormatException">A bracket is not closed, or one too many is.</exception>
    internal static Template Parse(string text) => Parsed.GetOrAdd(text, static text =>
    {
        var position = 0;
        var result = ParseSequence(text, ref position, stops: "");
        return position == text.Length
            ? result
            : throw new FormatException($"Template has a stray '{text[position]}' at {position}: {text}");
    });

    static Template ParseSequence(string text, ref int position, string stops)
    {
        List<Template> parts = [];
        while (position < text.Length && !stops.Contains(text[position], StringComparison.Ordinal))
        {
            switch (text[position])
            {
                case '{':
                    position++;
                    parts.Add(ParseChoice(text, ref position));
                    break;
                case '[':
                    position++;
                    var optional = ParseSequence(text, ref position, "]");
                    Expect(text, ref position, ']');
                    parts.Add(new Choice([1, 1], [optional, new Text("")]));
                    break;
                case '<':
                    position++;
                    parts.Add(ParseSlot(text, ref position));
                    break;
                case '}' or ']' or '|' or '>':
                    return new Sequence([.. parts]);
                default:
                    var end = text.AsSpan(position).IndexOfAny(Marks);
                    end = end < 0 ? text.Length : position + end;
                    parts.Add(new Text(text[position..end]));
                    position = end;
                    break;
            }
        }
        return parts.Count == 1 ? parts[0] : new Sequence([.. parts]);
    }

    static Choice ParseChoice(string text, ref int position)
    {
        List<int> weights = [];
        List<Template> options = [];
        do
        {
            var weight = 1;
            if (position + 1 < text.Length && char.IsAsciiDigit(text[position]) && text[position + 1] == ':')
            {
                weight = text[position] - '0';
                position += 2;
            }
            weights.Add(weight);
            options.Add(ParseSequence(text, ref position, "|}"));
        }
        while (position < text.Length && text[position++] == '|');
        position--;
        Expect(text, ref position, '}');
        return new Choice([.. weights], [.. options]);
    }

    static Slot ParseSlot(string text, ref int position)
    {
        var end = text.IndexOf('>', position);
        if (end < 0)
        {
            throw new FormatException($"Template has a slot that is not closed at {position}: {text}");
        }
        var name = text[position..end];
        position = end + 1;
        return new Slot(char.ToLowerInvariant(name[0]) + name[1..], char.IsUpper(name[0]));
    }

    static void Expect(string text, ref int position, char expected)
    {
        if (position >= text.Length || text[position] != expected)
        {
            throw new FormatException($"Template lacks a '{expected}' at {position}: {text}");
        }
        position++;
    }
}
