using System.Buffers;
using System.Globalization;
using System.Text;

namespace Millrace.Cli;

/// <summary>Shows texts of files and models so that they neither move the cursor nor break a row.</summary>
static class Printable
{
    /// <summary>A text with its control characters escaped.</summary>
    public static string Of(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>Bytes as text; control characters, and bytes that are no whole character, are escaped.</summary>
    public static string Of(ReadOnlySpan<byte> utf8)
    {
        StringBuilder text = new(utf8.Length);
        while (utf8.Length > 0)
        {
            OperationStatus status = Rune.DecodeFromUtf8(utf8, out Rune rune, out int used);
            if (status != OperationStatus.Done)
            {
                foreach (byte value in utf8[..used])
                {
                    text.Append(CultureInfo.InvariantCulture, $"\\x{value:x2}");
                }
            }
            else
            {
                text.Append(rune.Value switch
                {
                    '\n' => "\\n",
                    '\r' => "\\r",
                    '\t' => "\\t",
                    _ when Moves(rune) => $"\\u{{{rune.Value:x}}}",
                    _ => rune.ToString(),
                });
            }

            utf8 = utf8[used..];
        }

        return text.ToString();
    }

    static bool Moves(Rune rune) => Rune.GetUnicodeCategory(rune)
        is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
