using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Millrace.Tests.Formats.HuggingFace;

namespace Millrace.Tests.Formats.Hostile;

/// <summary>Safetensors files that must be refused.</summary>
static class HostileSafetensors
{
    public static IEnumerable<HostileCase> All() => [.. Lengths(), .. Texts(), .. Entries(), .. Places()];

    static IEnumerable<HostileCase> Lengths()
    {
        yield return new("empty file", [], "file: expected a file with content, found 0 bytes, or no plain file");
        for (int length = 1; length < 8; length++)
        {
            yield return new($"{length} bytes", new byte[length], $"header length at byte 0: expected 8 bytes, found the end of the file after {length}");
        }

        foreach (ulong length in (ulong[])[9, 100_000_000, 100_000_001, uint.MaxValue, 1UL << 63, ulong.MaxValue])
        {
            byte[] file = new byte[16];
            BinaryPrimitives.WriteUInt64LittleEndian(file, length);
            yield return new($"header of {length} bytes in a file of 16", file, $"header length at byte 0: expected at most 8, found {length}");
        }

        yield return new("header of 0 bytes", new byte[8], "header at byte 8: expected a JSON object, found nothing");
        byte[] large = new byte[100_000_016];
        BinaryPrimitives.WriteUInt64LittleEndian(large, 100_000_001);
        yield return new("header of 101 MB in a file that has them", large, "header length at byte 0: expected at most 100000000, found 100000001");
    }

    static IEnumerable<HostileCase> Texts()
    {
        yield return File("a space first", " {}", 0, "header at byte 8: expected a JSON object, found the byte 0x20");
        yield return File("an array", "[]", 0, "header at byte 8: expected a JSON object, found the byte 0x5b");
        yield return File("a byte order mark", "\uFEFF{}", 0, "header at byte 8: expected a JSON object, found the byte 0xef");
        yield return File("one byte", "{", 0, "header at byte 9: expected a JSON object of tensors, found Expected depth to be zero at the end of the JSON payload. There is an open JSON object or array that should be closed.");
        yield return File("NUL padding", "{}\0\0", 0, "header at byte 10: expected a JSON object of tensors, found '0x00' is invalid after a single JSON value. Expected end of data.");
        yield return File("text behind it", "{}{}", 0, "header at byte 10: expected a JSON object of tensors, found '{' is invalid after a single JSON value. Expected end of data.");
        yield return File("a comma too many", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1]},}", 1, "header at byte 61: expected a JSON object of tensors, found The JSON object contains a trailing comma at the end which is not supported in this mode. Change the reader options.");
        yield return File("a comment", "{/**/}", 0, "header at byte 9: expected a JSON object of tensors, found '/' is invalid after a value. Expected either ',', '}', or ']'.");
        yield return File("a name that is half a surrogate", "{\"\\ud800\":{}}", 0, "header: expected UTF-8 text, found other bytes");
        yield return new("a name that is not UTF-8", Raw([(byte)'{', (byte)'"', 0xff, (byte)'"', (byte)':', (byte)'{', (byte)'}', (byte)'}']), "header: expected UTF-8 text, found other bytes");
        yield return File("depth", "{\"a\":" + new string('[', 1000) + "}", 0, "a: expected an object, found StartArray");
        yield return File("depth in a shape", "{\"a\":{\"shape\":[[[[[[1]]]]]]}}", 0, "a: expected integers of at least 0 as shape, found StartArray");
        yield return File("depth in the metadata", "{\"__metadata__\":{\"a\":{\"b\":\"c\"}}}", 0, "__metadata__: expected an object of strings, found StartObject");
        yield return File("metadata of numbers", "{\"__metadata__\":{\"a\":1}}", 0, "__metadata__: expected an object of strings, found Number");
        yield return File("metadata null", "{\"__metadata__\":null}", 0, "__metadata__: expected an object of strings, found Null");
        yield return File("metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", 0, "__metadata__: expected each name once, found it twice");
        StringBuilder many = new("{");
        for (int i = 0; i <= 100_000; i++)
        {
            many.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}\"t{i}\":{{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}");
        }

        yield return File("100,001 tensors", many.Append('}').ToString(), 0, "t100000: expected at most 100000 tensors, found more");
    }

    static IEnumerable<HostileCase> Entries()
    {
        yield return Entry("twice", "\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"a\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]", 0, "a: expected each name once, found it twice");
        yield return Entry("twice by an escape", "\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]},\"\\u0061\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]", 0, "a: expected each name once, found it twice");
        yield return File("tensor null", "{\"a\":null}", 0, "a: expected an object, found Null");
        yield return File("tensor a string", "{\"a\":\"b\"}", 0, "a: expected an object, found String");
        yield return Entry("nothing", "", 0, "a: expected dtype, shape and two data_offsets, found no dtype");
        yield return Entry("no shape", "\"dtype\":\"F32\",\"data_offsets\":[0,4]", 4, "a: expected dtype, shape and two data_offsets, found no shape");
        yield return Entry("no offsets", "\"dtype\":\"F32\",\"shape\":[1]", 4, "a: expected dtype, shape and two data_offsets, found no data_offsets");
        yield return Entry("one offset", "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4]", 4, "a: expected dtype, shape and two data_offsets, found 1 data_offsets");
        yield return Entry("three offsets", "\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4,4]", 4, "a: expected at most 2 numbers as data_offsets, found more");
        yield return Entry("a property twice", "\"dtype\":\"F32\",\"dtype\":\"F32\"", 0, "a: expected dtype, shape and data_offsets, once each, found dtype");
        yield return Entry("an unknown property", "\"dtype\":\"F32\",\"strides\":[1]", 0, "a: expected dtype, shape and data_offsets, once each, found strides");
        yield return Entry("dtype a number", "\"dtype\":32", 0, "a: expected a string as dtype, found Number");
        yield return Entry("shape a string", "\"dtype\":\"F32\",\"shape\":\"1\"", 0, "a: expected an array as shape, found String");
        yield return Entry("shape a number", "\"dtype\":\"F32\",\"shape\":4", 0, "a: expected an array as shape, found Number");
        yield return Entry("offsets an object", "\"dtype\":\"F32\",\"data_offsets\":{}", 0, "a: expected an array as data_offsets, found StartObject");
        foreach (string dtype in (string[])["", "f32", "FLOAT", "F8", "I4", "C64", "F8_E4M3FNUZ"])
        {
            yield return Entry($"dtype '{dtype}'", $"\"dtype\":\"{dtype}\",\"shape\":[1],\"data_offsets\":[0,4]", 4, $"a: expected a dtype of safetensors, found {dtype}");
        }

        foreach (string extent in (string[])["-1", "1.5", "1e3", "1E400", "9223372036854775808", "18446744073709551616", "-0.0"])
        {
            yield return Entry($"extent {extent}", $"\"dtype\":\"F32\",\"shape\":[{extent}],\"data_offsets\":[0,4]", 4, $"a: expected integers of at least 0 as shape, found {extent}");
        }

        foreach ((string extent, string kind) in ((string, string)[])[("\"1\"", "String"), ("null", "Null"), ("true", "True"), ("{}", "StartObject")])
        {
            yield return Entry($"extent {kind}", $"\"dtype\":\"F32\",\"shape\":[{extent}],\"data_offsets\":[0,4]", 4, $"a: expected integers of at least 0 as shape, found {kind}");
        }

        yield return Entry("nine extents", "\"dtype\":\"F32\",\"shape\":[1,1,1,1,1,1,1,1,1],\"data_offsets\":[0,4]", 4, "a: expected at most 8 numbers as shape, found more");
    }

    static IEnumerable<HostileCase> Places()
    {
        foreach ((string shape, string offsets, int expected) in ((string, string, int)[])[
            ("[2]", "[0,4]", 8), ("[1]", "[0,8]", 4), ("[]", "[0,8]", 4), ("[0]", "[0,4]", 0), ("[1]", "[4,0]", 4), ("[1]", "[8,12]", 4), ("[2]", "[4,12]", 8),
            ("[1]", "[9223372036854775803,9223372036854775807]", 4)])
        {
            yield return Entry($"shape {shape} at {offsets}", $"\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":{offsets}", 8, $"a: expected data_offsets {expected} bytes apart inside the 8 bytes of data, found {offsets.Replace(",", ", ", StringComparison.Ordinal)}");
        }

        foreach ((string shape, string text) in ((string, string)[])[
            ("[4611686018427387904]", "[4611686018427387904]"),
            ("[4294967296,4294967296]", "[4294967296, 4294967296]"),
            ("[9223372036854775807,9223372036854775807,9223372036854775807]", "[9223372036854775807, 9223372036854775807, 9223372036854775807]"),
            ("[1099511627776,1099511627776,0,2]", "")])
        {
            yield return Entry($"product of {shape}", $"\"dtype\":\"F32\",\"shape\":{shape},\"data_offsets\":[0,4]", 4, text.Length > 0 ? $"a: expected fewer than 2^63 bytes, found {text} F32" : "a: expected data_offsets 0 bytes apart inside the 4 bytes of data, found [0, 4]");
        }

        foreach ((string first, string second, string message) in ((string, string, string)[])[
            ("[0,4]", "[0,4]", "b at byte DATA: expected bytes from DATA+4 on, without hole or overlap, found bytes from DATA on"),
            ("[0,4]", "[2,6]", "b at byte DATA+2: expected bytes from DATA+4 on, without hole or overlap, found bytes from DATA+2 on"),
            ("[0,4]", "[8,12]", "b at byte DATA+8: expected bytes from DATA+4 on, without hole or overlap, found bytes from DATA+8 on"),
            ("[4,8]", "[8,12]", "a at byte DATA+4: expected bytes from DATA on, without hole or overlap, found bytes from DATA+4 on"),
            ("[0,4]", "[4,8]", "file at byte DATA+8: expected the end of the file behind the last tensor, found 4 bytes more"),
            ("[8,12]", "[0,4]", "a at byte DATA+8: expected bytes from DATA+4 on, without hole or overlap, found bytes from DATA+8 on")])
        {
            string header = $"{{\"a\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{first}}},\"b\":{{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":{second}}}}}";
            int data = 8 + header.Length;
            yield return File($"{first} and {second}", header, 12, message
                .Replace("DATA+8", $"{data + 8}", StringComparison.Ordinal).Replace("DATA+4", $"{data + 4}", StringComparison.Ordinal)
                .Replace("DATA+2", $"{data + 2}", StringComparison.Ordinal).Replace("DATA", $"{data}", StringComparison.Ordinal));
        }

        yield return File("bytes behind no tensor", "{}", 1, "file at byte 10: expected the end of the file behind the last tensor, found 1 bytes more");
    }

    static HostileCase File(string name, string header, int data, string message) => new(name, FolderBuilder.Safetensors(header, new byte[data]), message);

    static HostileCase Entry(string name, string inner, int data, string message) => File(name, "{\"a\":{" + inner + "}}", data, message);

    static byte[] Raw(byte[] header)
    {
        byte[] file = new byte[8 + header.Length];
        BinaryPrimitives.WriteInt64LittleEndian(file, header.Length);
        header.CopyTo(file, 8);
        return file;
    }
}
