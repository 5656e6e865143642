using System.CommandLine;
using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace.Cli;

/// <summary>The options of commands that run a model, and how it is loaded for them.</summary>
sealed class ModelOptions
{
    readonly Option<string?> _model = ModelStore.Option();
    readonly Option<int> _threads = CliOptions.Int("--threads", "Threads that compute", Environment.ProcessorCount, 1, 1024, "-t");
    readonly Option<string> _kv = CliOptions.Choice("--kv", "How keys and values are kept", "f16", "int8", "f32");
    readonly Option<string> _weights = WeightModes.Option();

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_threads);
        command.Add(_kv);
        command.Add(_weights);
    }

    /// <summary>The path of the model.</summary>
    public string Path(ParseResult parse) => ModelStore.Find(parse.GetValue(_model));

    /// <summary>How the device is to run.</summary>
    public CpuOptions Device(ParseResult parse) => new()
    {
        Threads = parse.GetRequiredValue(_threads),
        KvType = parse.GetRequiredValue(_kv) switch
        {
            "int8" => KvType.Int8,
            "f32" => KvType.F32,
            _ => KvType.F16,
        },
        Weights = WeightModes.Read(parse, _weights),
        PanelFolder = WeightModes.FolderOf(WeightModes.Read(parse, _weights)),
    };

    /// <summary>Loads a model that generates, with a progress bar where that takes a while.</summary>
    public static Engine LoadEngine(Terminal terminal, ModelFile file, CpuOptions options, int maxSequences = 1)
    {
        using ProgressBar bar = Bar(terminal, file);
        Engine engine = Engine.Load(file, new EngineOptions { Device = options, MaxSequences = maxSequences }, bar);
        SayIfNotKept(terminal, engine.Device);
        return engine;
    }

    /// <summary>Loads weights, with a progress bar where that takes a while.</summary>
    public static CpuDevice Load(Terminal terminal, ModelFile file, CpuOptions options)
    {
        using ProgressBar bar = Bar(terminal, file);
        CpuDevice device = CpuDevice.Load(file, options, bar);
        SayIfNotKept(terminal, device);
        return device;
    }

    static void SayIfNotKept(Terminal terminal, CpuDevice device)
    {
        if (device.Weights != device.Options.Weights)
        {
            terminal.Error.WriteLine($"millrace: {device.WeightStatus}");
        }
    }

    static ProgressBar Bar(Terminal terminal, ModelFile file) => new(terminal, "loading") { Total = file.Tensors.Values.Sum(tensor => tensor.ByteLength) };
}
