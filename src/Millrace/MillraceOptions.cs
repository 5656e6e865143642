using Millrace.Sampling;

namespace Millrace;

/// <summary>What <see cref="MillraceServiceCollectionExtensions.AddMillrace"/> sets up.</summary>
public sealed class MillraceOptions
{
    /// <summary>The model: a GGUF file, or a folder of Hugging Face's kind.</summary>
    public string Model { get; set; } = "";

    /// <summary>How it runs.</summary>
    public EngineOptions Engine { get; set; } = new();

    /// <summary>How tokens are drawn where a request does not say.</summary>
    public SamplingParameters Sampling { get; set; } = SamplingParameters.Chat;
}
