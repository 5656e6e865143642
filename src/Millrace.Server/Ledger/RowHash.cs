using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SQLitePCL;

namespace Millrace.Server.Ledger;

/// <summary>
/// SHA-256 of table rows, so that a bit flipped on disk is found and its row named. It covers the hash of the row before and, for each value in column order,
/// a byte for its type and its bytes: 0 null; 1 an integer in 8 bytes; 2 a text, its length in UTF-8 in 4 bytes and then it; 3 bytes, likewise. Numbers are little-endian.
/// </summary>
static class RowHash
{
    public const int Length = SHA256.HashSizeInBytes;

    /// <summary>What stands before the first record.</summary>
    public static readonly byte[] Zero = new byte[Length];

    /// <summary>The hash of a row that is to be written.</summary>
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

    /// <summary>The hash of the first columns of a row that is being read, without a copy of it.</summary>
    /// <param name="previous">The hash of the row before.</param>
    /// <param name="row">The row.</param>
    /// <param name="columns">How many columns.</param>
    /// <param name="scratch">Is overwritten.</param>
    /// <param name="hash">Where the hash goes; may be <paramref name="previous"/>.</param>
    public static void Of(ReadOnlySpan<byte> previous, sqlite3_stmt row, int columns, ArrayBufferWriter<byte> scratch, Span<byte> hash)
    {
        scratch.ResetWrittenCount();
        scratch.Write(previous);
        for (int column = 0; column < columns; column++)
        {
            switch (raw.sqlite3_column_type(row, column))
            {
                case raw.SQLITE_NULL:
                    Tagged(scratch, 0, 0);
                    break;
                case raw.SQLITE_INTEGER:
                    BinaryPrimitives.WriteInt64LittleEndian(Tagged(scratch, 1, sizeof(long)), raw.sqlite3_column_int64(row, column));
                    break;
                case raw.SQLITE_TEXT:
                    AppendBytes(scratch, 2, raw.sqlite3_column_blob(row, column)); // its UTF-8
                    break;
                case raw.SQLITE_BLOB:
                    AppendBytes(scratch, 3, raw.sqlite3_column_blob(row, column));
                    break;
                default:
                    Tagged(scratch, 4, 0); // no column is of such a type, unless its type was flipped on disk
                    break;
            }
        }

        SHA256.HashData(scratch.WrittenSpan, hash);
    }

    static void Append(ArrayBufferWriter<byte> bytes, object? value)
    {
        switch (value)
        {
            case null:
                Tagged(bytes, 0, 0);
                break;
            case long number:
                BinaryPrimitives.WriteInt64LittleEndian(Tagged(bytes, 1, sizeof(long)), number);
                break;
            case string text:
                AppendBytes(bytes, 2, Encoding.UTF8.GetBytes(text));
                break;
            case byte[] blob:
                AppendBytes(bytes, 3, blob);
                break;
            default:
                Tagged(bytes, 4, 0);
                break;
        }
    }

    static void AppendBytes(ArrayBufferWriter<byte> bytes, byte tag, ReadOnlySpan<byte> content)
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
