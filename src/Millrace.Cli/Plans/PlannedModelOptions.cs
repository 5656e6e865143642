using System.CommandLine;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Cli.Plans;

/// <summary>The options that say which model is planned, and who runs it.</summary>
sealed class PlannedModelOptions
{
    readonly Option<string?> _model = ModelStore.Option();
    readonly Option<string?> _precision = CliOptions.Text("--precision", "How weights are stored: bf16, fp8, nvfp4, int4, q4_k_m, ... [default: as the model has them]", "TYPE");
    readonly Option<string?> _kv = CliOptions.Text("--kv", "How keys and values are stored: fp16, fp8, int8", "TYPE");
    readonly Option<string?> _engine = CliOptions.Text("--engine", "Engine whose calibration is used: vllm, trtllm, sglang, nim, ... [default: the device's usual one]", "NAME");

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        command.Add(_model);
        command.Add(_precision);
        command.Add(_kv);
        command.Add(_engine);
    }

    /// <summary>The engine, or "" for the device's usual one.</summary>
    public string Engine(ParseResult parse) => parse.GetValue(_engine)?.Trim().ToLowerInvariant() ?? "";

    /// <summary>The model.</summary>
    /// <param name="parse">The options.</param>
    /// <param name="name">Takes the place of <c>--model</c>.</param>
    /// <param name="precision">Takes the place of <c>--precision</c>.</param>
    /// <exception cref="UsageException">A value is none.</exception>
    public ModelWork Model(ParseResult parse, string? name = null, string? precision = null)
    {
        Precision? weights = Word<Precision?>(precision ?? parse.GetValue(_precision), _precision, static text => Precision.TryParse(text, out Precision? found) ? found : null, "a type such as bf16, fp8, nvfp4, int4 or q4_k_m");
        NumberType? kv = Word<NumberType?>(parse.GetValue(_kv), _kv, static text => Enum.TryParse(text, ignoreCase: true, out NumberType type) && char.IsAsciiLetter(text[0]) ? type : null, $"one of {string.Join(", ", Enum.GetNames<NumberType>()).ToLowerInvariant()}");
        name ??= parse.GetValue(_model);
        bool isElsewhere = name is null || (!File.Exists(name) && !Directory.Exists(name) && ModelCatalogue.Find(name) is null && ModelStore.Names().Contains(name));
        string found = isElsewhere ? ModelStore.Find(name) : name!;
        bool isConfig = Path.GetFileName(found) == "config.json" && File.Exists(found);
        return ModelOpener.Open(isConfig ? Path.GetDirectoryName(Path.GetFullPath(found))! : found, weights, kv);
    }

    /// <summary>The precisions that <c>--precision</c> lists with commas; one null for as the model has it.</summary>
    public IReadOnlyList<string?> Precisions(ParseResult parse) => parse.GetValue(_precision) is { } list ? list.Split(',', StringSplitOptions.TrimEntries) : new string?[] { null };

    static T? Word<T>(string? text, Option option, Func<string, T?> read, string allowed) =>
        text is null ? default(T?) : text.Length > 0 && read(text) is { } value ? value : throw new UsageException($"{option.Name}: expected {allowed}, found '{text}'");
}
