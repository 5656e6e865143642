using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Millrace.Server.Inference;

/// <summary>Names under which prefixes are cached, one for each tenant, model and salt of the client: nobody can guess another's, since a secret of the server goes into all.</summary>
sealed class CacheSalts
{
    const int SecretLength = 32;

    readonly byte[] _secret;

    /// <summary>Reads the secret, or draws one.</summary>
    /// <param name="home">The folder of the server's state.</param>
    /// <exception cref="IOException">The secret is not one, or others may read it.</exception>
    public CacheSalts(string home)
    {
        string path = Path.Combine(home, "cache.secret");
        _secret = ReadOrCreate(path);
        if (_secret.Length != SecretLength)
        {
            throw new IOException($"{path}: expected {SecretLength} bytes, found {_secret.Length}");
        }
    }

    /// <summary>The salt of a request: the first 64 bits of HMAC-SHA-256.</summary>
    public long Of(string tenant, string model, string? clientSalt)
    {
        // Lengths keep one name from running into the next.
        byte[] name = Encoding.UTF8.GetBytes($"{tenant.Length}:{tenant}{model.Length}:{model}{clientSalt}");
        return BinaryPrimitives.ReadInt64LittleEndian(HMACSHA256.HashData(_secret, name));
    }

    static byte[] ReadOrCreate(string path)
    {
        const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        if (File.Exists(path))
        {
            return !OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & ~Private) != 0
                ? throw new IOException($"{path}: expected a file that its user alone may read (mode 600), found mode {Convert.ToString((int)File.GetUnixFileMode(path), 8)}")
                : File.ReadAllBytes(path);
        }

        byte[] secret = RandomNumberGenerator.GetBytes(SecretLength);
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = Private;
        }

        using FileStream file = new(path, options);
        file.Write(secret);
        return secret;
    }
}
