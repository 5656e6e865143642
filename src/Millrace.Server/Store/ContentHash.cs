using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Millrace.Server.Store;

/// <summary>The digests by which content is known.</summary>
static class ContentHash
{
    const int PieceBytes = 1 << 20;

    /// <summary>SHA-256 of a file's first bytes, and the name that git gives them: SHA-1 of "blob", their count, a zero byte and the bytes.</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "the hub names small files by git's SHA-1; content is kept by its SHA-256")]
    public static (Digest Sha256, string GitOid) Of(SafeFileHandle file, long size, Action<long> report, CancellationToken cancellation)
    {
        using IncrementalHash sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        using IncrementalHash git = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        git.AppendData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"blob {size}\0")));
        byte[] piece = new byte[PieceBytes];
        for (long offset = 0; offset < size;)
        {
            cancellation.ThrowIfCancellationRequested();
            int count = RandomAccess.Read(file, piece.AsSpan(0, (int)Math.Min(PieceBytes, size - offset)), offset);
            if (count == 0)
            {
                break; // shorter than it should be: the digests will tell
            }

            sha256.AppendData(piece, 0, count);
            git.AppendData(piece, 0, count);
            offset += count;
            report(offset);
        }

        return (Digest.FromHash(sha256.GetHashAndReset()), Convert.ToHexStringLower(git.GetHashAndReset()));
    }
}
