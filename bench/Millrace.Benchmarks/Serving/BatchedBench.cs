using System.Diagnostics;
using System.Text.Json;

namespace Millrace.Benchmarks.Serving;

/// <summary>llama.cpp's own measure of many streams in one batch, without a server: what its server could reach at most.</summary>
static class BatchedBench
{
    /// <summary>Generated tokens per second of all streams, their prompts' time included, as a server's clients count.</summary>
    /// <exception cref="InvalidOperationException">It has no figures.</exception>
    public static double Run(string program, string model, int threads, int streams, int prompt, int answer, int ubatch)
    {
        // To a file: where both its streams were pipes, its figures did not always arrive.
        string figures = Path.GetTempFileName();
        ProcessStartInfo start = new("/bin/sh",
        [
            "-c", "out=$1; shift; exec \"$@\" >\"$out\" 2>/dev/null", "sh", figures, program,
            "-m", model, "-t", $"{threads}", "-tb", $"{threads}", "-c", $"{streams * (prompt + answer)}", "-b", "2048", "-ub", $"{ubatch}", "-fa", "on",
            "-npp", $"{prompt}", "-ntg", $"{answer}", "-npl", $"{streams}", "--output-format", "jsonl",
        ]);
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        string[] lines = File.ReadAllLines(figures);
        File.Delete(figures);
        string line = lines.FirstOrDefault(text => text.StartsWith('{')) ?? throw new InvalidOperationException($"{program} ended with code {process.ExitCode} and no figures");
        using JsonDocument row = JsonDocument.Parse(line);
        return streams * (double)answer / row.RootElement.GetProperty("t").GetDouble();
    }
}
