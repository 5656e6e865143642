namespace Millrace.Planning.Hardware;

/// <summary>What kind of machine a device is; it decides which cost model prices it.</summary>
public enum DeviceKind
{
    /// <summary>A GPU with high-bandwidth or graphics memory.</summary>
    Gpu,

    /// <summary>Systolic arrays beside high-bandwidth memory: TPU, Trainium, Inferentia.</summary>
    Systolic,

    /// <summary>Statically scheduled chips that hold the model in SRAM: Groq's LPU.</summary>
    Lpu,

    /// <summary>A wafer that holds layers in SRAM: Cerebras.</summary>
    Wafer,

    /// <summary>A processor, or a system on a chip whose GPU shares its memory.</summary>
    Cpu,

    /// <summary>A neural unit of an edge system on a chip.</summary>
    Npu,
}

/// <summary>A figure with where it comes from.</summary>
/// <param name="Value">In the unit of the field that holds it.</param>
/// <param name="Source">An address, or in words: measured here, derived, estimate, general knowledge that was not checked.</param>
/// <param name="Note">What to know about it, or null.</param>
public sealed record Figure(double Value, string Source, string? Note = null);

/// <summary>A level of memory of one chip.</summary>
/// <param name="Level">Its name: HBM, SRAM, L2, LPDDR5X …</param>
/// <param name="Bytes">How much it holds; null unknown.</param>
/// <param name="BytesPerSecond">How fast it reads; null unknown.</param>
public sealed record MemoryLevel(string Level, Figure? Bytes, Figure? BytesPerSecond);

/// <summary>How chips reach each other.</summary>
/// <param name="Kind">In words: NVLink + NVSwitch, 3D torus …</param>
/// <param name="BytesPerSecond">Of one chip in one direction, inside the domain; null unknown.</param>
/// <param name="LatencySeconds">Of one hop; null unknown.</param>
/// <param name="DomainChips">Chips that this link joins.</param>
/// <param name="ScaleOutBytesPerSecond">Of one chip in one direction, between domains; null unknown.</param>
public sealed record Interconnect(string Kind, Figure? BytesPerSecond, Figure? LatencySeconds, int DomainChips, Figure? ScaleOutBytesPerSecond);

/// <summary>A device: everything about one chip that a cost model may use. Facts alone; how well an engine uses them is calibration.</summary>
public sealed record DeviceSpec
{
    /// <summary>How commands name it: h100, groq-lpu, wse-3.</summary>
    public required string Id { get; init; }

    /// <summary>Its full name.</summary>
    public required string Name { get; init; }

    /// <summary>Who makes it.</summary>
    public required string Vendor { get; init; }

    /// <summary>What kind it is.</summary>
    public required DeviceKind Kind { get; init; }

    /// <summary>Other spellings, compared without case.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>Its memory; the first level is the one that holds the weights.</summary>
    public required IReadOnlyList<MemoryLevel> Memory { get; init; }

    /// <summary>Dense operations per second, a multiply-add being two.</summary>
    public required IReadOnlyDictionary<NumberType, Figure> Peaks { get; init; }

    /// <summary>How chips reach each other; null where one works alone.</summary>
    public Interconnect? Link { get; init; }

    /// <summary>Most power of one chip in watts; null unknown.</summary>
    public Figure? Watts { get; init; }

    /// <summary>Power of one chip with its share of host, network and cooling, in watts; null unknown.</summary>
    public Figure? WattsAllIn { get; init; }

    /// <summary>US dollars per hour and chip; the first is used unless the user says otherwise.</summary>
    public IReadOnlyList<Figure> DollarsPerHour { get; init; } = [];

    /// <summary>Chips in the system that is sold; 0 unknown.</summary>
    public int SystemChips { get; init; }

    /// <summary>How that system is called; "" unknown.</summary>
    public string SystemName { get; init; } = "";

    /// <summary>What else to know.</summary>
    public string Notes { get; init; } = "";

    /// <summary>Where its description stands: a file, "built in", or "measured here".</summary>
    public string Origin { get; init; } = "";

    /// <summary>The level of memory that holds the weights.</summary>
    public MemoryLevel MainMemory => Memory[0];

    /// <summary>The rate at which it multiplies numbers of a type: its own where it has units for that type, else that of the narrowest type into which they are widened.</summary>
    /// <returns>Operations per second, or null where nothing is known.</returns>
    public Figure? Peak(NumberType type) => UnitsFor(type) is { } units ? Peaks[units] : null;

    /// <summary>The units that numbers of a type are multiplied by, as <see cref="Peak"/> says; null where none are known.</summary>
    public NumberType? UnitsFor(NumberType type)
    {
        foreach (NumberType candidate in Widened(type))
        {
            if (Peaks.ContainsKey(candidate))
            {
                return candidate;
            }
        }

        return null;
    }

    // Integers of four bits are widened to floats, as engines do that keep activations in 16 bits; units for 8-bit integers are what neural units have and nothing else.
    static ReadOnlySpan<NumberType> Widened(NumberType type) => type switch
    {
        NumberType.Fp32 => [NumberType.Fp32, NumberType.Bf16, NumberType.Fp16, NumberType.Int8],
        NumberType.Fp16 => [NumberType.Fp16, NumberType.Bf16, NumberType.Fp32, NumberType.Int8],
        NumberType.Bf16 => [NumberType.Bf16, NumberType.Fp16, NumberType.Fp32, NumberType.Int8],
        NumberType.Fp8 => [NumberType.Fp8, NumberType.Bf16, NumberType.Fp16, NumberType.Fp32, NumberType.Int8],
        NumberType.Int8 => [NumberType.Int8, NumberType.Bf16, NumberType.Fp16, NumberType.Fp32],
        NumberType.Fp4 => [NumberType.Fp4, NumberType.Fp8, NumberType.Bf16, NumberType.Fp16, NumberType.Fp32, NumberType.Int8],
        _ => [NumberType.Int4, NumberType.Bf16, NumberType.Fp16, NumberType.Fp32, NumberType.Int8],
    };
}

/// <summary>Types of numbers that devices multiply.</summary>
public enum NumberType
{
    /// <summary>IEEE 754 binary32.</summary>
    Fp32,

    /// <summary>IEEE 754 binary16.</summary>
    Fp16,

    /// <summary>bfloat16.</summary>
    Bf16,

    /// <summary>8-bit floats.</summary>
    Fp8,

    /// <summary>8-bit integers.</summary>
    Int8,

    /// <summary>4-bit floats with block scales (MXFP4, NVFP4).</summary>
    Fp4,

    /// <summary>4-bit integers with group scales.</summary>
    Int4,
}
