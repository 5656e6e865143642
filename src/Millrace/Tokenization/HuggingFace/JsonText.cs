using System.Runtime.InteropServices;
using System.Text.Json;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Reads the bytes of many JSON strings without an object for each. The result of one call is valid until the next.</summary>
sealed class JsonText
{
    byte[] _unescaped = new byte[256];

    /// <summary>The bytes of a string; false where the value is another thing, or holds what is no character.</summary>
    public bool TryRead(JsonElement value, out ReadOnlySpan<byte> text)
    {
        text = [];
        return value.ValueKind == JsonValueKind.String && TryUnescape(JsonMarshal.GetRawUtf8Value(value)[1..^1], out text);
    }

    /// <summary>The bytes of a key; false where it holds what is no character.</summary>
    public bool TryReadName(JsonProperty property, out ReadOnlySpan<byte> text) => TryUnescape(JsonMarshal.GetRawUtf8PropertyName(property), out text);

    bool TryUnescape(ReadOnlySpan<byte> raw, out ReadOnlySpan<byte> text)
    {
        text = raw;
        if (!raw.Contains((byte)'\\'))
        {
            return System.Text.Unicode.Utf8.IsValid(raw);
        }

        try
        {
            Utf8JsonReader reader = new([(byte)'"', .. raw, (byte)'"']);
            reader.Read();
            _unescaped = _unescaped.Length < raw.Length ? new byte[2 * raw.Length] : _unescaped;
            text = _unescaped.AsSpan(0, reader.CopyString(_unescaped));
            return System.Text.Unicode.Utf8.IsValid(text);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
