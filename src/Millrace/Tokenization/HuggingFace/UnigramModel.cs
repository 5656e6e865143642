using Millrace.Formats;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>The likeliest way to cover a word with tokens (Viterbi), where each token has a log probability; adjacent unknown characters are one.</summary>
/// <remarks>Source: Kudo 2018, Subword Regularization, and SentencePiece's unigram_model.cc.</remarks>
sealed class UnigramModel : TokenModel
{
    const double UnknownPenalty = 10;

    readonly PrefixIndex _index;
    readonly double[] _scores;
    readonly double _unknownScore;
    readonly UnknownToken _unknown;
    readonly int[]? _bytes;

    /// <summary>Creates the model.</summary>
    /// <param name="vocabulary">The tokens, whose ids are their positions.</param>
    /// <param name="scores">The log probability of each.</param>
    /// <param name="unknown">The token of unknown characters.</param>
    /// <param name="byteFallback">Whether unknown characters become the tokens of their bytes.</param>
    public UnigramModel(TokenVocabulary vocabulary, double[] scores, UnknownToken unknown, bool byteFallback)
        : base(vocabulary)
    {
        _index = new PrefixIndex(vocabulary.Texts, last: true);
        _scores = scores;
        _unknownScore = (scores.Length > 0 ? scores.Min() : double.PositiveInfinity) - UnknownPenalty;
        _unknown = unknown;
        _bytes = byteFallback ? ByteTokens.Find(this) : null;
    }

    /// <summary>The last of equal tokens: later ones replace earlier ones in the definition.</summary>
    public override int Find(ReadOnlySpan<byte> token)
    {
        PrefixIndex.Range range = _index.All;
        foreach (byte value in token)
        {
            if (!_index.Narrow(ref range, value))
            {
                return -1;
            }
        }

        return token.Length == 0 ? -1 : _index.Exact(range);
    }

    public override void Encode(ReadOnlySpan<byte> word, bool special, SymbolMerger merger, List<int> ids)
    {
        Node[] best = BestPaths(word, special);
        List<(int Start, int End, bool Unknown)> pieces = [];
        for (int end = word.Length; end > 0; end = best[end].Start - 1)
        {
            int start = best[end].Start - 1;
            bool unknown = best[end].Id == _unknown.Id;
            if (unknown && pieces.Count > 0 && pieces[^1].Unknown)
            {
                pieces[^1] = (start, pieces[^1].End, true);
            }
            else
            {
                pieces.Add((start, end, unknown));
            }
        }

        for (int i = pieces.Count - 1; i >= 0; i--)
        {
            Add(word[pieces[i].Start..pieces[i].End], special, ids);
        }
    }

    /// <summary>The best token that ends at each position.</summary>
    Node[] BestPaths(ReadOnlySpan<byte> word, bool special)
    {
        Node[] best = new Node[word.Length + 1];
        for (int start = 0; start < word.Length;)
        {
            int character = Utf8.Decode(word, start, out _);
            bool single = false;
            PrefixIndex.Range range = _index.All;
            for (int at = start; at < word.Length && _index.Narrow(ref range, word[at]); at++)
            {
                if (_index.Exact(range) is >= 0 and int id && MayBe(id, special))
                {
                    best[at + 1].Offer(best[start].Score + _scores[id], start, id);
                    single |= at + 1 - start == character;
                }
            }

            if (!single)
            {
                best[start + character].Offer(best[start].Score + _unknownScore, start, _unknown.Require());
            }

            start += character;
        }

        return best;
    }

    void Add(ReadOnlySpan<byte> piece, bool special, List<int> ids)
    {
        int id = Find(piece);
        if (id >= 0 && MayBe(id, special))
        {
            ids.Add(id);
        }
        else if (_bytes is null || !ByteTokens.TryAdd(_bytes, piece, ids))
        {
            ids.Add(_unknown.Require());
        }
    }

    /// <summary>The best way to a position: Start is one more than where its last token begins, so that 0 is none.</summary>
    struct Node
    {
        public double Score;
        public int Start;
        public int Id;

        public void Offer(double score, int start, int id)
        {
            if (Start == 0 || score > Score)
            {
                (Score, Start, Id) = (score, start + 1, id);
            }
        }
    }
}

/// <summary>The tokens &lt;0x00&gt; to &lt;0xFF&gt; that stand for bytes.</summary>
static class ByteTokens
{
    /// <summary>The id of each byte's token, or -1.</summary>
    public static int[] Find(TokenModel model)
    {
        int[] ids = new int[256];
        for (int value = 0; value < ids.Length; value++)
        {
            ids[value] = model.Find(System.Text.Encoding.ASCII.GetBytes($"<0x{value:X2}>"));
        }

        return ids;
    }

    /// <summary>Appends the tokens of bytes; nothing, and false, where one is missing.</summary>
    public static bool TryAdd(int[] tokens, ReadOnlySpan<byte> bytes, List<int> ids)
    {
        foreach (byte value in bytes)
        {
            if (tokens[value] < 0)
            {
                return false;
            }
        }

        foreach (byte value in bytes)
        {
            ids.Add(tokens[value]);
        }

        return true;
    }
}
