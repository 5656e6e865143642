using Millrace.Formats;

namespace Millrace;

/// <summary>How the hidden states of a text's tokens become one vector; numbered as GGUF's <c>pooling_type</c>.</summary>
public enum Pooling
{
    /// <summary>Their mean.</summary>
    Mean = 1,

    /// <summary>The first token's.</summary>
    First = 2,

    /// <summary>The last token's.</summary>
    Last = 3,

    /// <summary>A score in place of a vector: no embedding can be had.</summary>
    Rank = 4,
}

/// <summary>Reads how a model pools.</summary>
static class PoolingReader
{
    /// <summary>What a file says; where it says nothing, or none, the mean.</summary>
    /// <exception cref="ModelFormatException">It says something else.</exception>
    public static Pooling Read(ModelFile file)
    {
        Metadata metadata = file.Metadata;
        int type = metadata.Int($"{metadata.String("general.architecture")}.pooling_type", 0, 0, (int)Pooling.Rank);
        return type == 0 ? Pooling.Mean : (Pooling)type;
    }
}
