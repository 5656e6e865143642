using System.Buffers;
using System.Text;

namespace Millrace.Tokenization;

/// <summary>Turns the ids of one sequence into text as they come. A character whose bytes are spread over several tokens appears when its last byte is there; a byte that can no longer become part of one becomes U+FFFD (one for each maximal ill-formed part, Unicode 3.9 D93b).</summary>
/// <param name="tokenizer">What the ids mean.</param>
/// <param name="special">Whether special tokens appear by their names.</param>
/// <param name="continues">Whether other text stands before: then a space at the beginning is one, though the tokenizer leaves it out at the beginning of a text.</param>
public sealed class Detokenizer(Tokenizer tokenizer, bool special = false, bool continues = false)
{
    // The beginning of a character: at most 3 bytes, as the fourth would complete it.
    readonly byte[] _pending = new byte[4];
    int _pendingCount;
    bool _begun = continues;

    /// <summary>Whether a character has begun and not ended.</summary>
    public bool IsPending => _pendingCount > 0;

    /// <summary>Appends what has become certain with this id.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The id is outside the vocabulary.</exception>
    public void Append(int id, StringBuilder text)
    {
        if (special || !tokenizer.IsSpecial(id))
        {
            AppendBytes(_begun ? tokenizer.Piece(id) : tokenizer.FirstPiece(id), text);
            _begun = true;
        }
    }

    /// <summary>Ends the sequence: what is pending becomes one U+FFFD.</summary>
    public void Flush(StringBuilder text)
    {
        if (_pendingCount > 0)
        {
            text.Append('\uFFFD');
            _pendingCount = 0;
        }
    }

    void AppendBytes(ReadOnlySpan<byte> bytes, StringBuilder text)
    {
        Span<char> units = stackalloc char[2];
        while (_pendingCount > 0 && bytes.Length > 0)
        {
            _pending[_pendingCount++] = bytes[0];
            OperationStatus status = Rune.DecodeFromUtf8(_pending.AsSpan(0, _pendingCount), out Rune rune, out int used);
            if (status == OperationStatus.NeedMoreData)
            {
                bytes = bytes[1..];
                continue;
            }

            // Done takes the new byte too; an ill-formed beginning ends before it, and the byte starts afresh.
            bytes = bytes[(status == OperationStatus.Done ? 1 : 0)..];
            text.Append(units[..rune.EncodeToUtf16(units)]);
            _pendingCount = 0;
        }

        while (bytes.Length > 0)
        {
            OperationStatus status = Rune.DecodeFromUtf8(bytes, out Rune rune, out int used);
            if (status == OperationStatus.NeedMoreData)
            {
                bytes.CopyTo(_pending);
                _pendingCount = bytes.Length;
                return;
            }

            text.Append(units[..rune.EncodeToUtf16(units)]);
            bytes = bytes[used..];
        }
    }
}
