using System.Text;
using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>The bytes that each id decodes to, within a text and at its beginning. Ids that no token has decode to nothing.</summary>
sealed class TokenPieces
{
    readonly Utf8Strings _inner;
    readonly Utf8Strings? _first; // null where it makes no difference

    /// <summary>Decodes all tokens.</summary>
    public TokenPieces(TokenVocabulary vocabulary, IReadOnlyDictionary<int, AddedToken> added, TokenDecoder[] decoders)
    {
        int count = Math.Max(vocabulary.EndOfIds, added.Keys.DefaultIfEmpty(-1).Max() + 1);
        int[] index = new int[count];
        Array.Fill(index, -1);
        for (int i = vocabulary.Count - 1; i >= 0; i--)
        {
            index[vocabulary.Ids[i]] = i;
        }

        Utf8StringsBuilder inner = new(count, 8 * vocabulary.Count);
        Utf8StringsBuilder first = new(count, 8 * vocabulary.Count);
        Utf8Buffer[] buffers = [new(), new()];
        bool differs = false;
        for (int id = 0; id < count; id++)
        {
            ReadOnlySpan<byte> name = added.TryGetValue(id, out AddedToken? token) ? Encoding.UTF8.GetBytes(token.Content) : index[id] >= 0 ? vocabulary.Texts[index[id]] : [];
            bool exists = token is not null || index[id] >= 0;
            inner.Add(exists ? Decode(name, decoders, false, buffers) : []);
            ReadOnlySpan<byte> asFirst = exists ? Decode(name, decoders, true, buffers) : [];
            first.Add(asFirst);
        }

        _inner = inner.Build();
        Utf8Strings built = first.Build();
        for (int id = 0; id < count && !differs; id++)
        {
            differs = !_inner[id].SequenceEqual(built[id]);
        }

        _first = differs ? built : null;
        Count = count;
    }

    /// <summary>One more than the highest id.</summary>
    public int Count { get; }

    /// <summary>The bytes of an id within a text.</summary>
    public ReadOnlySpan<byte> Inner(int id) => _inner[id];

    /// <summary>The bytes of an id at the beginning of a text.</summary>
    public ReadOnlySpan<byte> First(int id) => (_first ?? _inner)[id];

    static ReadOnlySpan<byte> Decode(ReadOnlySpan<byte> name, TokenDecoder[] decoders, bool first, Utf8Buffer[] buffers)
    {
        for (int i = 0; i < decoders.Length; i++)
        {
            Utf8Buffer output = buffers[i & 1];
            output.Clear();
            decoders[i].Decode(name, first, output);
            name = output.Span;
        }

        return name;
    }
}
