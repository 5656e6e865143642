namespace Millrace.Tests.Formats.Hostile;

/// <summary>GGUF files that must be refused.</summary>
static class HostileGguf
{
    static readonly (string Name, int Size)[] ValueTypes =
        [("u8", 1), ("i8", 1), ("u16", 2), ("i16", 2), ("u32", 4), ("i32", 4), ("f32", 4), ("bool", 1), ("string", 8), ("array", 12), ("u64", 8), ("i64", 8), ("f64", 8)];

    public static IEnumerable<HostileCase> All() => [.. Starts(), .. Keys(), .. Values(), .. Arrays(), .. Alignments(), .. Names(), .. Shapes(), .. Types(), .. Places()];

    static IEnumerable<HostileCase> Starts()
    {
        yield return new("empty file", [], "file: expected a file with content, found 0 bytes, or no plain file");
        byte[] start = GgufBytes.Start(0, 0).ToArray();
        for (int length = 1; length < start.Length; length++)
        {
            (string field, int from, int size) = length < 4 ? ("magic", 0, 4) : length < 8 ? ("version", 4, 4) : length < 16 ? ("tensor count", 8, 8) : ("key count", 16, 8);
            yield return new($"cut after byte {length}", start[..length], $"{field} at byte {from}: expected {size} bytes, found the end of the file after {length - from}");
        }

        foreach ((string letters, string hex) in ((string, string)[])[("GGML", "4c4d4747"), ("gguf", "66756767"), ("FUGG", "47475546"), ("<htm", "6d74683c"), ("PK\u0003\u0004", "04034b50")])
        {
            yield return new($"magic {letters}", new GgufBytes().Raw(System.Text.Encoding.ASCII.GetBytes(letters)).Raw(new byte[20]).ToArray(), $"magic at byte 0: expected the letters GGUF, found 0x{hex}");
        }

        foreach (uint version in (uint[])[0, 1, 4, int.MaxValue, 0x80000003, uint.MaxValue])
        {
            yield return new($"version {version}", GgufBytes.Start(0, 0, version).ToArray(), $"version at byte 4: expected 2 or 3, found {version}");
        }

        foreach (uint version in (uint[])[0x01000000, 0x02000000, 0x03000000])
        {
            yield return new($"big-endian {version}", GgufBytes.Start(0, 0, version).ToArray(), $"version at byte 4: expected 2 or 3, found 0x{version:x8}: a big-endian file");
        }

        foreach (ulong count in (ulong[])[1, int.MaxValue])
        {
            yield return new($"{count} tensors in 24 bytes", GgufBytes.Start(count, 0).ToArray(), $"tensor count at byte 8: expected tensors that fit the 8 bytes left, found {count} of at least 33 bytes each");
            yield return new($"{count} keys in 24 bytes", GgufBytes.Start(0, count).ToArray(), $"key count at byte 16: expected keys that fit the 0 bytes left, found {count} of at least 14 bytes each");
        }

        foreach (ulong count in (ulong[])[1UL << 31, uint.MaxValue, 1UL << 40, long.MaxValue, 1UL << 63, ulong.MaxValue])
        {
            yield return new($"{count} tensors", GgufBytes.Start(count, 0).ToArray(), $"tensor count at byte 8: expected at most 2147483647 tensors, found {count}");
            yield return new($"{count} keys", GgufBytes.Start(0, count).ToArray(), $"key count at byte 16: expected at most 2147483647 keys, found {count}");
        }

        yield return new("version 2 with 32-bit counts", new GgufBytes().Raw("GGUF"u8).Number(2u).Number(0u).Number(1u).Text("a").Number(0u).Number((byte)1).Data(0).ToArray(), "tensor count at byte 8: expected at most 2147483647 tensors, found 4294967296");
    }

    static IEnumerable<HostileCase> Keys()
    {
        foreach ((ulong length, string message) in ((ulong, string)[])[
            (0, "expected at least 1 byte in it, found 0"),
            (65536, "expected at most 65535 bytes in it, found 65536"),
            (1UL << 63, "expected at most 65535 bytes in it, found 9223372036854775808"),
            (33, "expected bytes in it that fit the 32 bytes left, found 33 of at least 1 bytes each")])
        {
            yield return new($"key of {length} bytes", GgufBytes.Start(0, 1).Number(length).Raw(new byte[32]).ToArray(), "key at byte 24: " + message);
        }

        yield return new("key that is not UTF-8", GgufBytes.Start(0, 1).Number(2UL).Raw([0xff, 0xfe]).Number(0u).Number((byte)1).ToArray(), "key at byte 24: expected UTF-8 text, found other bytes");
        yield return new("key twice", GgufBytes.Start(0, 2).Key("a", 0).Number((byte)1).Key("a", 7).Number((byte)1).ToArray(), "a: expected each key once, found it twice");
        yield return new("key with control characters", GgufBytes.Start(0, 1).Key("a\u001b[31m", 13).Raw(new byte[8]).ToArray(), "a\uFFFD[31m at byte 38: expected a value type from 0 to 12, found 13");
        yield return new("no second key", GgufBytes.Start(0, 2).Key("a", 10).Number(1UL).Raw(new byte[7]).ToArray(), "key at byte 45: expected 8 bytes, found the end of the file after 7");
    }

    static IEnumerable<HostileCase> Values()
    {
        foreach (uint type in (uint[])[13, 255, 1U << 31, uint.MaxValue])
        {
            yield return new($"value type {type}", GgufBytes.Start(0, 1).Key("a", type).Raw(new byte[16]).ToArray(), $"a at byte 33: expected a value type from 0 to 12, found {type}");
            yield return new($"element type {type}", GgufBytes.Start(0, 1).Array("a", type, 1).Raw(new byte[16]).ToArray(), $"a at byte 37: expected an element type from 0 to 12, found {type}");
        }

        for (uint type = 0; type < 13; type++)
        {
            (string name, int size) = ValueTypes[type];
            if (type != 9 && size > 1)
            {
                yield return new($"{name} cut", GgufBytes.Start(0, 1).Key("a", type).Raw(new byte[size - 1]).ToArray(), $"a at byte 37: expected {size} bytes, found the end of the file after {size - 1}");
            }
        }

        foreach (byte value in (byte[])[2, 0x5a, 255])
        {
            yield return new($"boolean {value}", GgufBytes.Start(0, 1).Key("a", 7).Number(value).ToArray(), $"a at byte 37: expected a boolean of 0 or 1, found {value}");
        }

        yield return new("boolean in an array", GgufBytes.Start(0, 1).Array("a", 7, 2).Number((byte)1).Number((byte)3).ToArray(), "a at byte 50: expected a boolean of 0 or 1, found 3");
        foreach ((ulong length, string message) in ((ulong, string)[])[
            (9, "expected bytes in a string that fit the 8 bytes left, found 9 of at least 1 bytes each"),
            (64 << 20, "expected bytes in a string that fit the 8 bytes left, found 67108864 of at least 1 bytes each"),
            ((64 << 20) + 1, "expected at most 67108864 bytes in a string, found 67108865"),
            (1UL << 31, "expected at most 67108864 bytes in a string, found 2147483648"),
            (ulong.MaxValue, "expected at most 67108864 bytes in a string, found 18446744073709551615")])
        {
            yield return new($"string of {length} bytes", GgufBytes.Start(0, 1).Key("a", 8).Number(length).Raw(new byte[8]).ToArray(), "a at byte 37: " + message);
            yield return new($"string of {length} bytes in an array", GgufBytes.Start(0, 1).Array("a", 8, 2).Text("").Number(length).Raw(new byte[8]).ToArray(), "a at byte 57: " + message);
        }
    }

    static IEnumerable<HostileCase> Arrays()
    {
        for (uint type = 0; type < 13; type++)
        {
            (string name, int size) = ValueTypes[type];
            if (type == 9)
            {
                yield return new("array of arrays", GgufBytes.Start(0, 1).Array("a", 9, 1).Number(9u).Number(1UL).Raw(new byte[64]).ToArray(), "a at byte 37: expected an array of plain values, found an array of arrays");
                continue;
            }

            string items = type == 8 ? "strings" : "elements";
            yield return new($"array of 2^26 + 1 {name}", GgufBytes.Start(0, 1).Array("a", type, (1UL << 26) + 1).Raw(new byte[24]).ToArray(), $"a at byte 41: expected at most 67108864 {items}, found 67108865");
            yield return new($"array of 2^26 {name} in a small file", GgufBytes.Start(0, 1).Array("a", type, 1UL << 26).Raw(new byte[24]).ToArray(), $"a at byte 41: expected {items} that fit the 24 bytes left, found 67108864 of at least {size} bytes each");
            yield return new($"array of {name} cut", GgufBytes.Start(0, 1).Array("a", type, 2).Raw(new byte[2 * size - 1]).ToArray(), $"a at byte 41: expected {items} that fit the {2 * size - 1} bytes left, found 2 of at least {size} bytes each");
        }

        yield return new("array of 2^63 f32", GgufBytes.Start(0, 1).Array("a", 6, 1UL << 63).Raw(new byte[24]).ToArray(), "a at byte 41: expected at most 67108864 elements, found 9223372036854775808");
        yield return new("array of 2^62 u32, 2^64 bytes", GgufBytes.Start(0, 1).Array("a", 4, 1UL << 62).Raw(new byte[24]).ToArray(), "a at byte 41: expected at most 67108864 elements, found 4611686018427387904");
        GgufBytes deep = GgufBytes.Start(0, 1).Key("a", 9);
        for (int depth = 0; depth < 1000; depth++)
        {
            deep.Number(9u).Number(1UL);
        }

        yield return new("arrays 1000 deep", deep.ToArray(), "a at byte 37: expected an array of plain values, found an array of arrays");
    }

    static IEnumerable<HostileCase> Alignments()
    {
        foreach (uint alignment in (uint[])[0, 3, 48, 1 << 21, 1U << 31, uint.MaxValue])
        {
            yield return new($"alignment {alignment}", GgufBytes.Start(0, 1).Key("general.alignment", 4).Number(alignment).ToArray(), $"general.alignment: expected a power of two up to 1048576, found {alignment}");
        }

        string[] names = ["Byte", "SByte", "UInt16", "Int16", "", "Int32", "Single", "Boolean", "String", "", "UInt64", "Int64", "Double"];
        for (uint type = 0; type < 13; type++)
        {
            if (names[type].Length > 0)
            {
                yield return new($"alignment of type {ValueTypes[type].Name}", GgufBytes.Start(0, 1).Key("general.alignment", type).Raw(new byte[ValueTypes[type].Size]).ToArray(), $"general.alignment: expected a 32-bit unsigned integer, found {names[type]}");
            }
        }

        yield return new("alignment of an array", GgufBytes.Start(0, 1).Array("general.alignment", 4, 1).Number(32u).ToArray(), "general.alignment: expected a 32-bit unsigned integer, found UInt32[]");
        yield return new("alignment twice", GgufBytes.Start(0, 2).Key("general.alignment", 4).Number(32u).Key("general.alignment", 4).Number(64u).ToArray(), "general.alignment: expected each key once, found it twice");
    }

    static IEnumerable<HostileCase> Names()
    {
        foreach ((ulong length, string message) in ((ulong, string)[])[
            (0, "expected at least 1 byte in it, found 0"),
            (256, "expected at most 255 bytes in it, found 256"),
            (1UL << 63, "expected at most 255 bytes in it, found 9223372036854775808"),
            (65, "expected bytes in it that fit the 64 bytes left, found 65 of at least 1 bytes each")])
        {
            yield return new($"tensor name of {length} bytes", GgufBytes.Start(1, 0).Number(length).Raw(new byte[64]).ToArray(), "tensor name at byte 24: " + message);
        }

        yield return new("tensor name that is not UTF-8", GgufBytes.Start(1, 0).Number(1UL).Raw([0xc3]).Raw(new byte[64]).ToArray(), "tensor name at byte 24: expected UTF-8 text, found other bytes");
        yield return new("tensor twice", GgufBytes.Start(2, 0).Tensor("a", [1], 0).Tensor("a", [1], 0, 32).Data(64).ToArray(), "a: expected each tensor once, found it twice");
    }

    static IEnumerable<HostileCase> Shapes()
    {
        foreach (uint count in (uint[])[0, 5, 255, uint.MaxValue])
        {
            yield return new($"{count} extents", GgufBytes.Start(1, 0).Text("a").Number(count).Raw(new byte[64]).ToArray(), $"a at byte 33: expected 1 to 4 extents, found {count}");
        }

        for (int position = 0; position < 4; position++)
        {
            foreach (ulong extent in (ulong[])[0, 1UL << 60, 1UL << 63, ulong.MaxValue])
            {
                ulong[] shape = [1, 1, 1, 1];
                shape[position] = extent;
                yield return new($"extent {position} of {extent}", GgufBytes.Start(1, 0).Tensor("a", shape, 0).Data(64).ToArray(), $"a at byte {37 + 8 * position}: expected an extent of at least 1 and below 2^60, found {extent}");
            }
        }

        foreach ((ulong[] shape, string text) in ((ulong[], string)[])[
            ([1UL << 58], "288230376151711744"),
            ([1UL << 32, 1UL << 32], "4294967296 × 4294967296"),
            ([1UL << 31, 1UL << 31, 4], "2147483648 × 2147483648 × 4"),
            ([1, 1UL << 59, 1UL << 59, 1UL << 59], "1 × 576460752303423488 × 576460752303423488 × 576460752303423488")])
        {
            yield return new($"product of {text}", GgufBytes.Start(1, 0).Tensor("a", shape, 0).Data(64).ToArray(), $"a at byte {37 + 8 * shape.Length}: expected fewer than 2^60 bytes, found {text} f32");
        }

        foreach ((uint type, string name, int block) in ((uint, string, int)[])[
            (2, "q4_0", 32), (3, "q4_1", 32), (6, "q5_0", 32), (7, "q5_1", 32), (8, "q8_0", 32), (10, "q2_k", 256), (11, "q3_k", 256), (12, "q4_k", 256), (13, "q5_k", 256),
            (14, "q6_k", 256), (20, "iq4_nl", 32), (23, "iq4_xs", 256), (39, "mxfp4", 32), (40, "nvfp4", 64), (16, "iq2_xxs", 256), (34, "tq1_0", 256)])
        {
            yield return new($"row that is not whole {name} blocks", GgufBytes.Start(1, 0).Tensor("a", [(ulong)block + 1, 2], type).Data(512).ToArray(), $"a at byte 53: expected rows of whole {name} blocks of {block}, found {block + 1} columns");
        }
    }

    static IEnumerable<HostileCase> Types()
    {
        foreach (uint type in (uint[])[4, 5, 31, 32, 33, 36, 37, 38, 255, 1000, 1001, 1U << 31, uint.MaxValue])
        {
            yield return new($"weight type {type}", GgufBytes.Start(1, 0).Tensor("a", [32], type).Data(64).ToArray(), $"a at byte 45: expected a weight type of ggml, found {type}");
        }
    }

    static IEnumerable<HostileCase> Places()
    {
        foreach (ulong offset in (ulong[])[1, 31, 33])
        {
            yield return new($"offset {offset}", GgufBytes.Start(1, 0).Tensor("a", [1], 0, offset).Data(64).ToArray(), $"a at byte 49: expected an offset that is a multiple of 32, found {offset}");
        }

        yield return new("offset 32 where 64 is the alignment", GgufBytes.Start(1, 1).Key("general.alignment", 4).Number(64u).Tensor("a", [1], 0, 32).Data(128, 64).ToArray(), "a at byte 82: expected an offset that is a multiple of 64, found 32");
        foreach (ulong offset in (ulong[])[1UL << 60, 1UL << 63, ulong.MaxValue - 31])
        {
            yield return new($"offset {offset}", GgufBytes.Start(1, 0).Tensor("a", [1], 0, offset).Data(64).ToArray(), $"a at byte 49: expected an offset inside the file, found {offset}");
        }

        yield return new("offset at the end of the file", GgufBytes.Start(1, 0).Tensor("a", [1], 0, 32).Data(32).ToArray(), "a at byte 96: expected 4 bytes inside the file, found a file of 96");
        yield return new("offset of 2^59", GgufBytes.Start(1, 0).Tensor("a", [1], 0, 1UL << 59).Data(32).ToArray(), "a at byte 576460752303423552: expected 4 bytes inside the file, found a file of 96");
        yield return new("last tensor short by a byte", GgufBytes.Start(1, 0).Tensor("a", [32], 2).Data(17).ToArray(), "a at byte 64: expected 18 bytes inside the file, found a file of 81");
        yield return new("weights of 2^57 bytes", GgufBytes.Start(1, 0).Tensor("a", [1UL << 55], 0).Data(32).ToArray(), "a at byte 64: expected 144115188075855872 bytes inside the file, found a file of 96");
        yield return new("no weights", GgufBytes.Start(1, 0).Tensor("a", [1], 0).ToArray(), "a at byte 64: expected 4 bytes inside the file, found a file of 57");
        yield return new("two tensors in one place", GgufBytes.Start(2, 0).Tensor("a", [8], 0).Tensor("b", [8], 0).Data(64).ToArray(), "b at byte 96: expected weights behind those of a, which end at 128, found an overlap");
        yield return new("a tensor in another", GgufBytes.Start(2, 0).Tensor("a", [32], 0).Tensor("b", [1], 0, 64).Data(128).ToArray(), "b at byte 160: expected weights behind those of a, which end at 224, found an overlap");
        yield return new("a tensor that begins before another ends", GgufBytes.Start(2, 0).Tensor("b", [9], 0, 32).Tensor("a", [9], 0).Data(128).ToArray(), "b at byte 128: expected weights behind those of a, which end at 132, found an overlap");
    }
}
