using System.Text.Json;

namespace Millrace.Benchmarks.Curves;

/// <summary>A model of one size: what it does in a second, and how fast plain loops read as many bytes again and again.</summary>
/// <param name="Type">Of the weights.</param>
/// <param name="Bytes">Of weights that a token reads.</param>
/// <param name="TokensPerSecond">One stream.</param>
/// <param name="ReadBytesPerSecond">Plain loops over as many bytes.</param>
sealed record CachePoint(string Type, long Bytes, double TokensPerSecond, double ReadBytesPerSecond);

/// <summary>Tokens per second against the size of a model.</summary>
/// <param name="Cpu">The processor.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Caches">The caches, as the system describes them.</param>
/// <param name="ReadBefore">Bytes per second read from memory before.</param>
/// <param name="ReadAfter">And after.</param>
/// <param name="Points">The models.</param>
/// <param name="Version">Millrace's commit.</param>
sealed record CacheCurve(string Cpu, int Threads, string Caches, double ReadBefore, double ReadAfter, CachePoint[] Points, string Version);

/// <summary>A product of so many tokens.</summary>
/// <param name="Tokens">How many.</param>
/// <param name="Intensity">Operations for each byte of weights.</param>
/// <param name="OperationsPerSecond">A multiply-add is two.</param>
sealed record RooflinePoint(int Tokens, double Intensity, double OperationsPerSecond);

/// <summary>The products of a type.</summary>
/// <param name="Type">Of the weights.</param>
/// <param name="Points">By tokens.</param>
sealed record RooflineSeries(string Type, RooflinePoint[] Points);

/// <summary>Kernels under the roof of their processor.</summary>
/// <param name="Cpu">The processor.</param>
/// <param name="Threads">Threads.</param>
/// <param name="ReadBefore">Bytes per second read from memory before.</param>
/// <param name="ReadAfter">And after.</param>
/// <param name="IntegerPeak">Operations per second of <paramref name="IntegerInstruction"/>.</param>
/// <param name="IntegerInstruction">The instruction.</param>
/// <param name="FloatPeak">Of fused multiply-adds of floats.</param>
/// <param name="Series">The types.</param>
/// <param name="Version">Millrace's commit.</param>
sealed record Roofline(
    string Cpu, int Threads, double ReadBefore, double ReadAfter, double IntegerPeak, string IntegerInstruction, double FloatPeak, RooflineSeries[] Series, string Version);

/// <summary>Keeps what was measured beside the results of the processor.</summary>
static class CurveFile
{
    static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Writes a curve to the processor's folder.</summary>
    public static void Write<T>(string results, string name, T curve)
    {
        string folder = Path.Combine(results, CpuName.Folder);
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, name);
        File.WriteAllText(path, JsonSerializer.Serialize(curve, Json) + "\n");
        Console.WriteLine($"wrote {Path.GetRelativePath(Environment.CurrentDirectory, path)}");
    }

    /// <summary>Reads it again.</summary>
    public static T Read<T>(string path) => JsonSerializer.Deserialize<T>(File.ReadAllText(path), Json)!;
}
