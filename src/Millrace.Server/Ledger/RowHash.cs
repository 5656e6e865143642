using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Server.Ledger;

/// <summary>SHA-256 of table rows, so that a bit flipped on disk is found and its row named.</summary>
static class RowHash
{
    public const int Length = SHA256.HashSizeInBytes;

    /// <summary>What stands before the first record.</summary>
    public static readonly byte[] Zero = new byte[Length];

    /// <summary>
    /// The hash of a row that follows another: SHA-256 of the previous hash and, for each value in column order, a byte for its type and its bytes:
    /// 0 null; 1 an integer in 8 bytes, lowest first; 2 a text, its length in UTF-8 in 4 bytes and then it; 3 bytes, likewise.
    /// </summary>
    public static byte[] Of(ReadOnlySpan<byte> previous, ReadOnlySpan<object?> values)
    {
        ArrayBufferWriter<byte> bytes = new(512);
        bytes.Write(previous);
        foreach (object? value in values)
        {
            Append(bytes, value);
        }

        return SHA256.HashData(bytes.WrittenSpan);
    }

    static void Append(ArrayBufferWriter<byte> bytes, object? value)
    {
        switch (value)
        {
            case null or DBNull:
                Tagged(bytes, 0, 0);
                break;
            case long number:
                BinaryPrimitives.WriteInt64LittleEndian(Tagged(bytes, 1, sizeof(long)), number);
                break;
            case string text:
                byte[] utf8 = Encoding.UTF8.GetBytes(text);
                AppendBytes(bytes, 2, utf8);
                break;
            case byte[] blob:
                AppendBytes(bytes, 3, blob);
                break;
            default:
                // Strict tables hold nothing else; a type byte flipped on disk may say so nevertheless.
                AppendBytes(bytes, 4, Encoding.UTF8.GetBytes($"{value}"));
                break;
        }
    }

    static void AppendBytes(ArrayBufferWriter<byte> bytes, byte tag, byte[] content)
    {
        BinaryPrimitives.WriteInt32LittleEndian(Tagged(bytes, tag, sizeof(int)), content.Length);
        bytes.Write(content);
    }

    static Span<byte> Tagged(ArrayBufferWriter<byte> bytes, byte tag, int length)
    {
        Span<byte> span = bytes.GetSpan(1 + length)[..(1 + length)];
        span[0] = tag;
        bytes.Advance(1 + length);
        return span[1..];
    }
}
