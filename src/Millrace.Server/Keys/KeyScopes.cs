namespace Millrace.Server.Keys;

/// <summary>What an API key opens. The numbers are stored.</summary>
[Flags]
public enum KeyScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Answers, embeddings, models, and what its own requests cost.</summary>
    Inference = 1,

    /// <summary>Loading of models, keys, and everybody's usage.</summary>
    Admin = 2,

    /// <summary>Metrics.</summary>
    Metrics = 4,
}
