using System.Globalization;
using System.Text;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>What a token's name stands for in a text. What each kind does is defined by the decoders of Hugging Face's tokenizers, which see all tokens of a text at once; here each token is decoded for itself, and differently only where it is the first.</summary>
abstract class TokenDecoder
{
    /// <summary>Appends what a token stands for.</summary>
    /// <param name="token">Its name, or what another decoder made of it.</param>
    /// <param name="first">Whether it begins a text.</param>
    /// <param name="output">Receives the bytes, which need not be whole characters.</param>
    public abstract void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output);
}

/// <summary>Without a decoder, tokens stand with a space between.</summary>
sealed class SpacedDecoder : TokenDecoder
{
    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output)
    {
        if (!first)
        {
            output.Append(' ');
        }

        output.Append(token);
    }
}

/// <summary>Characters of <see cref="ByteAlphabet"/> become bytes; a token with any other character stays as it is.</summary>
sealed class ByteLevelDecoder : TokenDecoder
{
    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output)
    {
        byte[] bytes = new byte[token.Length];
        int count = ByteAlphabet.Decode(token, bytes);
        output.Append(count < 0 ? token : bytes.AsSpan(0, count));
    }
}

/// <summary>A token such as &lt;0x0A&gt; becomes its byte.</summary>
sealed class ByteFallbackDecoder : TokenDecoder
{
    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output)
    {
        if (token.Length == 6 && token.StartsWith("<0x"u8) && token[5] == '>' && byte.TryParse(token[3..5], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte value))
        {
            output.Append([value]);
        }
        else
        {
            output.Append(token);
        }
    }
}

/// <summary>Replaces every match of a pattern.</summary>
sealed class ReplaceDecoder(Pattern pattern, string content) : TokenDecoder
{
    readonly ReplaceNormalizer _replace = new(pattern, content);

    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output) => _replace.Normalize(token, output, ref first);
}

/// <summary>A mark becomes a space, but none in the first token where the splitter has put it there.</summary>
sealed class MetaspaceDecoder(int mark, bool prepended) : TokenDecoder
{
    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output)
    {
        for (int at = 0; at < token.Length;)
        {
            int start = at;
            at += Utf8.Decode(token, at, out int codePoint);
            if (codePoint != mark)
            {
                output.Append(token[start..at]);
            }
            else if (!(first && prepended))
            {
                output.Append(' ');
            }
        }
    }
}

/// <summary>Drops a character from the ends of a token, or of the first token alone where the tokens were joined before.</summary>
sealed class StripDecoder(int content, int atStart, int atEnd, bool joined) : TokenDecoder
{
    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output)
    {
        int start = 0;
        for (int i = 0; i < atStart && (first || !joined) && start < token.Length; i++)
        {
            int length = Utf8.Decode(token, start, out int codePoint);
            if (codePoint != content)
            {
                break;
            }

            start += length;
        }

        int end = token.Length;
        for (int i = 0; i < atEnd && end > start; i++)
        {
            int length = Utf8.LengthBefore(token, end);
            Utf8.Decode(token, end - length, out int codePoint);
            if (codePoint != content)
            {
                break;
            }

            end -= length;
        }

        output.Append(token[start..end]);
    }
}

/// <summary>Words begin with a space but for the first; a token with the prefix continues one. Cleaning takes the space before punctuation away.</summary>
sealed class WordPieceDecoder(string prefix, bool clean) : TokenDecoder
{
    static readonly (string Found, string Instead)[] Cleanings =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"), (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output)
    {
        string text = Encoding.UTF8.GetString(token);
        if (!first)
        {
            text = text.StartsWith(prefix, StringComparison.Ordinal) ? text[prefix.Length..] : " " + text;
        }

        foreach ((string found, string instead) in clean ? Cleanings : [])
        {
            text = text.Replace(found, instead, StringComparison.Ordinal);
        }

        output.Append(Encoding.UTF8.GetBytes(text));
    }
}

/// <summary>The suffix that ends a word becomes a space, also at the end of a text, which a stream cannot know.</summary>
sealed class SuffixDecoder(string suffix) : TokenDecoder
{
    public override void Decode(ReadOnlySpan<byte> token, bool first, Utf8Buffer output) =>
        output.Append(Encoding.UTF8.GetBytes(suffix.Length == 0 ? Encoding.UTF8.GetString(token) : Encoding.UTF8.GetString(token).Replace(suffix, " ", StringComparison.Ordinal)));
}
