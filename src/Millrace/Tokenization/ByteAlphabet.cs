using System.Text;
using Millrace.Tokenization.Text;

namespace Millrace.Tokenization;

/// <summary>GPT-2's alphabet: a printable character for each byte, in which byte-level vocabularies spell their tokens. Bytes 0x21-0x7E, 0xA1-0xAC and 0xAE-0xFF stand for themselves, the others in order for U+0100 and up.</summary>
/// <remarks>Source: <c>bytes_to_unicode</c> of GPT-2's encoder.py.</remarks>
static class ByteAlphabet
{
    static readonly short[] Bytes = Make(); // [character] byte, or -1
    static readonly short[] Characters = Invert(Bytes); // [byte] character

    /// <summary>Translates a token's spelling into the bytes it stands for.</summary>
    /// <param name="spelling">The spelling, UTF-8.</param>
    /// <param name="bytes">Receives the bytes; as long as the spelling suffices.</param>
    /// <returns>How many bytes, or -1 where a character is outside the alphabet.</returns>
    public static int Decode(ReadOnlySpan<byte> spelling, Span<byte> bytes)
    {
        int count = 0;
        while (spelling.Length > 0)
        {
            int character = spelling[0];
            int length = 1;
            if (character >= 0x80)
            {
                Rune.DecodeFromUtf8(spelling, out Rune rune, out length);
                character = rune.Value;
            }

            if (character >= Bytes.Length || Bytes[character] < 0)
            {
                return -1;
            }

            bytes[count++] = (byte)Bytes[character];
            spelling = spelling[length..];
        }

        return count;
    }

    /// <summary>Appends the spelling of bytes.</summary>
    public static void Encode(ReadOnlySpan<byte> bytes, Utf8Buffer spelling)
    {
        foreach (byte value in bytes)
        {
            spelling.Append(Characters[value]);
        }
    }

    /// <summary>Whether the character of a byte is ASCII, thus one byte itself.</summary>
    public static bool IsAscii(byte value) => value is >= 0x21 and <= 0x7E;

    static short[] Make()
    {
        short[] bytes = new short[0x144];
        Array.Fill(bytes, (short)-1);
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            bytes[printable ? value : next++] = (short)value;
        }

        return bytes;
    }

    static short[] Invert(short[] bytes)
    {
        short[] characters = new short[256];
        for (short character = 0; character < bytes.Length; character++)
        {
            if (bytes[character] >= 0)
            {
                characters[bytes[character]] = character;
            }
        }

        return characters;
    }
}
