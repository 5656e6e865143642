namespace Millrace.Formats;

/// <summary>Sizes and names of the weight types: those Millrace reads, and those that GGUF files may hold besides, so that such files can still be listed.</summary>
/// <remarks>Source: ggml's <c>type_traits</c> and <c>block_*</c> structures. A block is the least number of weights that is stored together; a row is a whole number of blocks.</remarks>
public static class WeightTypes
{
    readonly record struct Entry(string Name, int BlockLength, int BlockBytes, bool Readable = true);

    static readonly Dictionary<WeightType, Entry> Table = new()
    {
        [WeightType.F32] = new("f32", 1, 4),
        [WeightType.F16] = new("f16", 1, 2),
        [WeightType.BF16] = new("bf16", 1, 2),
        [WeightType.Q4_0] = new("q4_0", 32, 18),
        [WeightType.Q4_1] = new("q4_1", 32, 20),
        [WeightType.Q5_0] = new("q5_0", 32, 22),
        [WeightType.Q5_1] = new("q5_1", 32, 24),
        [WeightType.Q8_0] = new("q8_0", 32, 34),
        [WeightType.Q2_K] = new("q2_k", 256, 84),
        [WeightType.Q3_K] = new("q3_k", 256, 110),
        [WeightType.Q4_K] = new("q4_k", 256, 144),
        [WeightType.Q5_K] = new("q5_k", 256, 176),
        [WeightType.Q6_K] = new("q6_k", 256, 210),
        [WeightType.IQ4_NL] = new("iq4_nl", 32, 18),
        [WeightType.IQ4_XS] = new("iq4_xs", 256, 136),
        [WeightType.MXFP4] = new("mxfp4", 32, 17),
        [WeightType.NVFP4] = new("nvfp4", 64, 36),
        [WeightType.F8_E4M3] = new("f8_e4m3", 1, 1),
        [WeightType.F8_E5M2] = new("f8_e5m2", 1, 1),

        // Listed, not read.
        [(WeightType)9] = new("q8_1", 32, 36, false),
        [(WeightType)15] = new("q8_k", 256, 292, false),
        [(WeightType)16] = new("iq2_xxs", 256, 66, false),
        [(WeightType)17] = new("iq2_xs", 256, 74, false),
        [(WeightType)18] = new("iq3_xxs", 256, 98, false),
        [(WeightType)19] = new("iq1_s", 256, 50, false),
        [(WeightType)21] = new("iq3_s", 256, 110, false),
        [(WeightType)22] = new("iq2_s", 256, 82, false),
        [(WeightType)24] = new("i8", 1, 1, false),
        [(WeightType)25] = new("i16", 1, 2, false),
        [(WeightType)26] = new("i32", 1, 4, false),
        [(WeightType)27] = new("i64", 1, 8, false),
        [(WeightType)28] = new("f64", 1, 8, false),
        [(WeightType)29] = new("iq1_m", 256, 56, false),
        [(WeightType)34] = new("tq1_0", 256, 54, false),
        [(WeightType)35] = new("tq2_0", 256, 66, false),
        [(WeightType)41] = new("q1_0", 128, 18, false),
    };

    /// <summary>The types whose weights can be read, in the order of their ids.</summary>
    public static IReadOnlyList<WeightType> All { get; } = [.. Table.Where(pair => pair.Value.Readable).Select(pair => pair.Key).Order()];

    extension(WeightType type)
    {
        /// <summary>Whether the type is in the table, so that its sizes are known.</summary>
        public bool IsKnown => Table.ContainsKey(type);

        /// <summary>Whether weights of the type can be read, not only listed.</summary>
        public bool IsReadable => Table.TryGetValue(type, out Entry entry) && entry.Readable;

        /// <summary>Whether a GGUF file can hold the type: FP8 is in safetensors alone.</summary>
        public bool IsGguf => type < WeightType.F8_E4M3;

        /// <summary>The lower-case name, as llama.cpp's tools spell it.</summary>
        public string GgufName => Table[type].Name;

        /// <summary>Weights in a block.</summary>
        public int BlockLength => Table[type].BlockLength;

        /// <summary>Bytes of a block.</summary>
        public int BlockBytes => Table[type].BlockBytes;

        /// <summary>Bytes of a row of so many weights, which must be whole blocks.</summary>
        public long RowBytes(long columns)
        {
            Entry entry = Table[type];
            return columns % entry.BlockLength == 0
                ? checked(columns / entry.BlockLength * entry.BlockBytes)
                : throw new ArgumentException($"a row of {columns} weights is not whole {entry.Name} blocks of {entry.BlockLength}", nameof(columns));
        }
    }

    /// <summary>Finds a readable type by its lower-case name.</summary>
    public static bool TryParse(string name, out WeightType type)
    {
        foreach (WeightType candidate in All)
        {
            if (Table[candidate].Name == name)
            {
                type = candidate;
                return true;
            }
        }

        type = default;
        return false;
    }
}
