using System.Text;
using Millrace.Tokenization.Templates.Runtime;

namespace Millrace.Tokenization.Templates.Values;

/// <summary>Builds a string with the trust of each part, and charges what is built to the limits of the rendering.</summary>
sealed class TextBuilder(RenderContext context)
{
    readonly StringBuilder _text = new();
    readonly List<int> _flips = [];
    bool _startsTrusted = true;
    bool _endsTrusted = true;

    public int Length => _text.Length;

    public void Append(Str part)
    {
        int at = _text.Length;
        Append(part.Text, part.StartsTrusted);
        foreach (int flip in part.Flips)
        {
            _flips.Add(at + flip);
            _endsTrusted = !_endsTrusted;
        }
    }

    public void Append(string text, bool trusted)
    {
        if (text.Length == 0)
        {
            return;
        }

        Claim(text.Length, trusted);
        _text.Append(text);
    }

    public void Append(char character, bool trusted, int count = 1)
    {
        if (count > 0)
        {
            Claim(count, trusted);
            _text.Append(character, count);
        }
    }

    /// <summary>What was built.</summary>
    public Str ToStr(bool markup = false) =>
        _text.Length == 0 && !markup ? Str.Empty : new(_text.ToString(), _startsTrusted, _flips.Count == 0 ? null : [.. _flips], markup);

    void Claim(int count, bool trusted)
    {
        context.ChargeCharacters(count);
        if (_text.Length == 0)
        {
            _startsTrusted = trusted;
        }
        else if (trusted != _endsTrusted)
        {
            _flips.Add(_text.Length);
        }

        _endsTrusted = trusted;
    }
}
