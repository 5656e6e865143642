using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Server.Models;

/// <summary>What a model's files look like from outside: enough to notice that one was replaced, cut or written over, without reading gigabytes.</summary>
/// <param name="Bytes">Bytes of all its files.</param>
/// <param name="Written">When the latest of them was last written.</param>
/// <param name="Hash">SHA-256, in hexadecimal digits, of the files' names, lengths and samples: their first and last 64 KiB and 64 pages between.</param>
public sealed record FileIdentity(long Bytes, DateTimeOffset Written, string Hash)
{
    const int EndBytes = 64 << 10;
    const int PageBytes = 4096;
    const int Pages = 64;

    /// <summary>Looks at the files of a model.</summary>
    /// <param name="path">A GGUF file, of a split model the first part, or a folder.</param>
    /// <exception cref="IOException">A file is not there or cannot be read.</exception>
    public static FileIdentity Of(string path)
    {
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        byte[] buffer = new byte[EndBytes];
        long bytes = 0;
        DateTime written = DateTime.MinValue;
        foreach (string file in FilesOf(path))
        {
            FileInfo info = new(file);
            hash.AppendData(Encoding.UTF8.GetBytes(info.Name));
            bytes += Sample(file, hash, buffer);
            written = info.LastWriteTimeUtc > written ? info.LastWriteTimeUtc : written;
        }

        return new(bytes, new DateTimeOffset(written, TimeSpan.Zero), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>Bytes and time of the last change of a model's files, without a look into them.</summary>
    /// <exception cref="IOException">A file is not there.</exception>
    public static (long Bytes, DateTimeOffset Written) StampOf(string path)
    {
        FileInfo[] files = [.. FilesOf(path).Select(static file => new FileInfo(file))];
        return (files.Sum(static file => file.Length), new DateTimeOffset(files.Max(static file => file.LastWriteTimeUtc), TimeSpan.Zero));
    }

    /// <summary>Whether both are of the same content, whenever it was written.</summary>
    public bool IsSameContent(FileIdentity other) => Bytes == other.Bytes && Hash == other.Hash;

    static IEnumerable<string> FilesOf(string path)
    {
        if (Directory.Exists(path))
        {
            return Directory.EnumerateFiles(path)
                .Where(static file => Path.GetExtension(file) is ".json" or ".safetensors" or ".jinja" or ".model")
                .Order(StringComparer.Ordinal);
        }

        int parts = ModelCatalog.PartsOf(path, out string stem);
        return Enumerable.Range(1, parts).Select(part => parts == 1 ? path : FormattableString.Invariant($"{stem}-{part:D5}-of-{parts:D5}.gguf"));
    }

    static long Sample(string path, IncrementalHash hash, byte[] buffer)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        long length = file.Length;
        Span<byte> number = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(number, length);
        hash.AppendData(number);
        Append(0, EndBytes);
        Append(Math.Max(0, length - EndBytes), EndBytes);
        for (int i = 1; i <= Pages && length > 2 * EndBytes; i++)
        {
            Append((long)((Int128)length * i / (Pages + 1)), PageBytes);
        }

        return length;

        void Append(long offset, int count)
        {
            int read = RandomAccess.Read(file.SafeFileHandle, buffer.AsSpan(0, count), offset);
            hash.AppendData(buffer.AsSpan(0, read));
        }
    }
}
