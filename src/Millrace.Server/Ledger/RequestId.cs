using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;

namespace Millrace.Server.Ledger;

/// <summary>The server's own name of a request: 128 random bits, the key of its bill. Names given by clients are only aliases.</summary>
/// <param name="Value">The bits.</param>
public readonly record struct RequestId(UInt128 Value)
{
    /// <summary>Its length in bytes.</summary>
    public const int Length = 16;

    /// <summary>Draws an id.</summary>
    public static RequestId New()
    {
        Span<byte> bytes = stackalloc byte[Length];
        RandomNumberGenerator.Fill(bytes);
        return FromBytes(bytes);
    }

    /// <summary>Reads an id from 16 bytes, the highest first.</summary>
    public static RequestId FromBytes(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadUInt128BigEndian(bytes));

    /// <summary>Reads an id from 32 hexadecimal digits.</summary>
    public static bool TryParse(string text, out RequestId id)
    {
        bool read = UInt128.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out UInt128 value) && text.Length == 2 * Length;
        id = new(value);
        return read;
    }

    /// <summary>The id in 16 bytes, the highest first.</summary>
    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, Value);
        return bytes;
    }

    /// <summary>The id as 32 hexadecimal digits in lower case.</summary>
    public override string ToString() => Value.ToString("x32", CultureInfo.InvariantCulture);
}
