using System.Diagnostics;
using System.Text.Json;

namespace Millrace.Benchmarks.Serving;

/// <summary>llama.cpp's own measure of many streams in one batch, without a server: what its server could reach at most.</summary>
static class BatchedBench
{
    /// <summary>Generated tokens per second of all streams, their prompts' time included, as a server's clients count.</summary>
    public static double Run(string program, string model, int threads, int streams, int prompt, int answer, int ubatch)
    {
        ProcessStartInfo start = new(program,
        [
            "-m", model, "-t", $"{threads}", "-tb", $"{threads}", "-c", $"{streams * (prompt + answer)}", "-b", "2048", "-ub", $"{ubatch}", "-fa", "on",
            "-npp", $"{prompt}", "-ntg", $"{answer}", "-npl", $"{streams}", "--output-format", "jsonl",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        string line = output.Split('\n').First(text => text.StartsWith('{'));
        using JsonDocument row = JsonDocument.Parse(line);
        return streams * (double)answer / row.RootElement.GetProperty("t").GetDouble();
    }
}
