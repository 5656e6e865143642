namespace Millrace;

/// <summary>A request needs more tokens than the engine has room for. Nothing is ever cut to fit.</summary>
public sealed class ContextLengthException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="promptTokens">Tokens of the prompt.</param>
    /// <param name="maxTokens">New tokens asked for.</param>
    /// <param name="available">Tokens there is room for.</param>
    /// <param name="limit">What sets the bound: "context" or "KV cache".</param>
    public ContextLengthException(int promptTokens, int maxTokens, int available, string limit)
        : base($"{promptTokens} prompt tokens and {maxTokens} new ones do not fit into the {limit} of {available} tokens")
    {
        PromptTokens = promptTokens;
        MaxTokens = maxTokens;
        Available = available;
    }

    /// <summary>Tokens of the prompt.</summary>
    public int PromptTokens { get; }

    /// <summary>New tokens asked for.</summary>
    public int MaxTokens { get; }

    /// <summary>Tokens there is room for.</summary>
    public int Available { get; }
}
