using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using Millrace.Kernels;
using Millrace.Kernels.MachineCode;
using Millrace.Planning.Hardware.Machine;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>doctor</c>: what this machine offers, and where models are looked for.</summary>
sealed class DoctorCommand : Command
{
    readonly Terminal _terminal;

    public DoctorCommand(Terminal terminal)
        : base("doctor", "Shows instruction sets, cores, limits, memory bandwidth and the model folder")
    {
        _terminal = terminal;
        SetAction(Run);
    }

    void Run(ParseResult parse)
    {
        Write("system", $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}, {RuntimeInformation.ProcessArchitecture}");
        Write("processor", Limits.ProcessorName);
        Write("caches", string.Join(", ", Limits.Caches().DefaultIfEmpty("unknown")));
        Write("instruction sets", string.Join(" ", InstructionSets.Usable.DefaultIfEmpty("none")) + $" (vectors of {InstructionSets.VectorBytes} bytes)");
        Write("machine code", EmittedCode.Status);
        Write("cores", $"{Environment.ProcessorCount} usable");
        Write("threads", $"{Environment.ProcessorCount}, {Processors.Status(Environment.ProcessorCount)}");
        Write("core limit", Limits.ProcessorLimit is { } cores ? string.Create(CultureInfo.InvariantCulture, $"{cores:0.##} (control group)") : "none");
        Write("memory", $"{Tables.Bytes(Limits.AvailableMemory)} available of {Tables.Bytes(Limits.TotalMemory)}");
        Write("memory limit", Limits.MemoryLimit is { } bytes ? $"{Tables.Bytes(bytes)} (control group)" : "none");
        Write("weights", WeightModes.Describe(default));
        Write("kept panels", ModelStore.Home is null ? "none: there is no home folder" : WeightModes.Kept);
        WriteModels();
        WriteBandwidth();
    }

    void WriteModels()
    {
        foreach (string folder in ModelStore.Folders)
        {
            Write("model folder", Directory.Exists(folder) ? folder : $"{folder} (not there)");
        }

        Write("models", string.Join(", ", ModelStore.Names().DefaultIfEmpty("none")));
    }

    void WriteBandwidth()
    {
        using MemoryBandwidth block = new();
        Table table = Tables.New(">threads", ">memory bandwidth");
        for (int threads = 1; threads <= Environment.ProcessorCount; threads = Math.Max(threads + 1, Math.Min(threads * 2, Environment.ProcessorCount)))
        {
            table.Add(threads.ToString(CultureInfo.InvariantCulture), $"{Tables.Bytes(block.Read(threads))}/s");
        }

        Write("bandwidth", $"reading {Tables.Bytes(block.Bytes)}, best of a few passes");
        _terminal.Write(table);
    }

    void Write(string name, string value) => _terminal.Out.WriteLine($"{name,-17} {value}");
}
