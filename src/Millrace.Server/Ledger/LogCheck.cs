using System.Buffers.Binary;

namespace Millrace.Server.Ledger;

/// <summary>
/// Tells a write-ahead log that a power cut tore from one that was changed later. SQLite takes the first frame with a wrong checksum for the log's end, and would silently drop
/// all that follows. A cut can leave wrong frames only in the last transaction, since each is flushed before the next begins; where one has a whole transaction behind it, acknowledged
/// records would be lost. Format: https://www.sqlite.org/fileformat2.html#walformat.
/// </summary>
static class LogCheck
{
    const int HeaderLength = 32;
    const int FrameHeaderLength = 24;
    const int Tries = 5;

    /// <summary>Checks the log of a database, if it has one. To be called before SQLite opens it.</summary>
    /// <exception cref="LedgerException">The log was changed; the message says where.</exception>
    public static void Check(string path)
    {
        // Another process may begin the log anew while it is read: then it is read again.
        for (int i = 1; ; i++)
        {
            byte[] log = Read(path + "-wal");
            long wrong = log.Length < HeaderLength ? -1 : FirstChangedFrame(log);
            if (wrong < 0)
            {
                return;
            }

            if (i == Tries && log.AsSpan(0, HeaderLength).SequenceEqual(Read(path + "-wal").AsSpan(0, HeaderLength)))
            {
                throw new LedgerException(path + "-wal", $"the log at byte {wrong}", "a frame with the checksum that it was written with", "another: it was changed after it was written");
            }
        }
    }

    // Byte offset of a wrong frame with transactions behind it; -1 where there is none.
    static long FirstChangedFrame(byte[] log)
    {
        if (!log.AsSpan(0, HeaderLength).ContainsAnyExcept((byte)0))
        {
            return -1; // Made, and cut off from power before anything was flushed.
        }

        bool bigEndian = (BinaryPrimitives.ReadUInt32BigEndian(log) & 1) != 0;
        int page = BinaryPrimitives.ReadInt32BigEndian(log.AsSpan(8));
        if (page is < 512 or > 65536 || !int.IsPow2(page))
        {
            return 0;
        }

        (uint, uint) sum = Sum((0, 0), log.AsSpan(0, 24), bigEndian);
        if (sum != Stored(log.AsSpan(24)))
        {
            return 0;
        }

        ReadOnlySpan<byte> salts = log.AsSpan(16, 8);
        long wrong = -1;
        bool commitBehind = false;
        for (int at = HeaderLength; at + FrameHeaderLength + page <= log.Length; at += FrameHeaderLength + page)
        {
            ReadOnlySpan<byte> header = log.AsSpan(at, FrameHeaderLength);
            if (!header.Slice(8, 8).SequenceEqual(salts))
            {
                // Left from before the log was begun anew; or this very frame's salts were changed.
                wrong = wrong < 0 ? at : wrong;
                continue;
            }

            if (commitBehind)
            {
                return wrong; // A transaction after the one that holds the wrong frame.
            }

            if (wrong < 0)
            {
                sum = Sum(Sum(sum, header[..8], bigEndian), log.AsSpan(at + FrameHeaderLength, page), bigEndian);
                wrong = sum == Stored(header[16..]) ? -1 : at;
            }

            bool isCommit = BinaryPrimitives.ReadUInt32BigEndian(header[4..]) != 0;
            commitBehind = wrong >= 0 && isCommit;
        }

        return -1;
    }

    static (uint, uint) Stored(ReadOnlySpan<byte> bytes) => (BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));

    static (uint, uint) Sum((uint A, uint B) sum, ReadOnlySpan<byte> bytes, bool bigEndian)
    {
        (uint a, uint b) = sum;
        for (int i = 0; i < bytes.Length; i += 8)
        {
            uint first = BinaryPrimitives.ReadUInt32LittleEndian(bytes[i..]), second = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(i + 4)..]);
            unchecked
            {
                a += (bigEndian ? BinaryPrimitives.ReverseEndianness(first) : first) + b;
                b += (bigEndian ? BinaryPrimitives.ReverseEndianness(second) : second) + a;
            }
        }

        return (a, b);
    }

    static byte[] Read(string path)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            byte[] bytes = new byte[file.Length];
            return bytes[..file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false)];
        }
        catch (FileNotFoundException)
        {
            return [];
        }
    }
}
