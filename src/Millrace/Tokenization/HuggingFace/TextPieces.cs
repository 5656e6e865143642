using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>A text cut into pieces, each of which is text still or already a token.</summary>
sealed class TextPieces
{
    readonly Utf8Buffer _text = new();
    readonly List<Piece> _pieces = [];

    /// <summary>A stretch of text, or a token where Token is not negative.</summary>
    /// <param name="Start">Where the text begins.</param>
    /// <param name="Length">Its length in bytes.</param>
    /// <param name="Token">The token, or -1.</param>
    /// <param name="AtStart">Whether the piece begins with what the original text began with.</param>
    public readonly record struct Piece(int Start, int Length, int Token, bool AtStart);

    /// <summary>How many bytes all pieces may have.</summary>
    public int Limit { get => _text.Limit; set => _text.Limit = value; }

    /// <summary>The number of pieces.</summary>
    public int Count => _pieces.Count;

    /// <summary>One piece.</summary>
    public Piece this[int index] => _pieces[index];

    /// <summary>The text of a piece.</summary>
    public ReadOnlySpan<byte> Text(in Piece piece) => _text.Span.Slice(piece.Start, piece.Length);

    /// <summary>Forgets the pieces.</summary>
    public void Clear()
    {
        _text.Clear();
        _pieces.Clear();
    }

    /// <summary>Appends a piece of text; nothing where it is empty.</summary>
    public void Add(ReadOnlySpan<byte> text, bool atStart)
    {
        if (text.Length > 0)
        {
            _pieces.Add(new(_text.Length, text.Length, -1, atStart));
            _text.Append(text);
        }
    }

    /// <summary>Appends a token.</summary>
    public void Add(int token) => _pieces.Add(new(_text.Length, 0, token, false));
}
