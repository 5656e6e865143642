using Millrace.Formats;
using Millrace.Graphs;

namespace Millrace.Architectures;

/// <summary>The table of architectures: each is one page that builds a graph.</summary>
public static class Architecture
{
    static readonly Dictionary<string, Func<ModelConfig, Graph>> Pages = new(StringComparer.Ordinal)
    {
        ["llama"] = Llama.Build,
        ["qwen2"] = Llama.Build,
        ["qwen3"] = Llama.Build,
        ["qwen3moe"] = Llama.Build,
        ["gemma3"] = Gemma3.Build,
        ["phi3"] = Phi3.Build,
        ["gpt-oss"] = GptOss.Build,
        ["deepseek2"] = DeepSeek.Build,
    };

    /// <summary>The names, as <c>general.architecture</c> spells them.</summary>
    public static IReadOnlyCollection<string> Names => Pages.Keys;

    /// <summary>The graph of a model.</summary>
    /// <param name="file">The model.</param>
    /// <param name="context">Tokens of context that the run has room for.</param>
    /// <exception cref="ModelFormatException">No page knows the architecture, or the file does not fit it.</exception>
    public static Graph Build(ModelFile file, int context)
    {
        string name = file.Metadata.String("general.architecture");
        return Pages.TryGetValue(name, out Func<ModelConfig, Graph>? page)
            ? page(new ModelConfig(file, context))
            : throw new ModelFormatException(file.Path, "general.architecture", -1, string.Join(", ", Pages.Keys), $"\"{name}\"");
    }
}
