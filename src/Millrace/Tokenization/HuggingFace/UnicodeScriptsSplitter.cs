using Millrace.Tokenization.Text;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Cuts where the script changes, with Hiragana and Katakana counted to Han. A space, and a character without a script, goes with what stands before it; at the beginning of a text such characters are dropped.</summary>
/// <remarks>The scripts are those of Unicode 9.0, as in the definition.</remarks>
sealed class UnicodeScriptsSplitter : TextSplitter
{
    const byte AnyScript = 0;

    static readonly Lazy<byte[]> Scripts = new(MakeScripts); // [code point]

    public override void Split(ReadOnlySpan<byte> text, bool atStart, TextPieces output)
    {
        byte[] scripts = Scripts.Value;
        byte last = AnyScript;
        int start = 0;
        for (int at = 0; at < text.Length;)
        {
            int length = Utf8.Decode(text, at, out int codePoint);
            byte script = scripts[codePoint];
            if (script != AnyScript && script != last)
            {
                if (last != AnyScript)
                {
                    output.Add(text[start..at], atStart && start == 0);
                }

                start = at;
                last = script;
            }

            at += length;
        }

        if (last != AnyScript)
        {
            output.Add(text[start..], atStart && start == 0);
        }
    }

    static byte[] MakeScripts()
    {
        byte[] scripts = new byte[CodePointSet.End];
        byte number = AnyScript;
        CodePointSet assigned = UnicodeTables.Instance.Assigned9;
        Dictionary<string, byte> numbers = [];
        foreach ((string name, CodePointSet members) in UnicodeTables.Instance.Scripts)
        {
            numbers[name] = ++number;
            Fill(scripts, members & assigned, number);
        }

        foreach (string kana in (string[])["hiragana", "katakana"])
        {
            Fill(scripts, UnicodeTables.Instance.Scripts[kana] & assigned, numbers["han"]);
        }

        // Characters that had another script then, and two that the definition treats apart.
        Fill(scripts, CodePointSet.Of([0x589, 0x61C]), numbers["common"]);
        Fill(scripts, CodePointSet.Range(0x953, 0x954), numbers["devanagari"]);
        Fill(scripts, CodePointSet.Range(0x30FC, 0x30FC), numbers["han"]);
        Fill(scripts, CodePointSet.Range(' ', ' '), AnyScript);
        return scripts;
    }

    static void Fill(byte[] scripts, CodePointSet members, byte number)
    {
        for (int i = 0; i < members.Flips.Length; i += 2)
        {
            scripts.AsSpan(members.Flips[i]..members.Flips[i + 1]).Fill(number);
        }
    }
}
