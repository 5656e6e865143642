using System.Globalization;

namespace Millrace.Planning.Models;

/// <summary>A shape for a model of which only the size is known: that of the Llama nearest in size, stretched, with a feed-forward block that makes up the count.</summary>
static class GuessedShape
{
    const int HeadDim = 128;
    const int Vocabulary = 128256;
    const int Experts = 64;
    const int ExpertsUsed = 4;

    // Weights, layers, width of dense models.
    static readonly (double Parameters, int Layers, int Width)[] Known = [(1.2e9, 16, 2048), (3.2e9, 28, 3072), (8e9, 32, 4096), (14e9, 40, 5120), (32e9, 64, 5120), (70e9, 80, 8192), (405e9, 126, 16384)];

    /// <summary>The guess.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="parameters">Its weights.</param>
    /// <param name="active">Those that a token uses, or null: all.</param>
    public static CatalogueModel Of(string name, double parameters, double? active)
    {
        double dense = active is { } used && used < parameters ? used : parameters;
        (double anchor, int layers, int width) = Known.MinBy(known => Math.Abs(Math.Log(known.Parameters / dense)));
        double stretch = Math.Cbrt(dense / anchor);
        layers = Math.Max(1, (int)Math.Round(layers * stretch));
        width = Math.Max(HeadDim, (int)Math.Round(width * stretch / HeadDim) * HeadDim);
        int heads = width / HeadDim;
        int kvHeads = heads % 8 == 0 ? 8 : 1;
        bool tied = dense < 5e9;
        int vocabulary = (int)Math.Min(Vocabulary, dense / 4 / width);
        double attention = 2.0 * width * width + (2.0 * width * kvHeads * HeadDim);
        double rest = (parameters - (tied ? 1 : 2) * (double)vocabulary * width) / layers - attention;
        bool mixed = dense < parameters;
        int ffn = Math.Max(64, (int)Math.Round(rest / (3.0 * width * (mixed ? Experts : 1)) / 64) * 64);
        ModelShape shape = new()
        {
            Layers = layers, Width = width, Ffn = ffn, Heads = heads, KvHeads = kvHeads, HeadDim = HeadDim, Vocabulary = vocabulary, Context = 131072, Tied = tied,
            Experts = mixed ? Experts : 0, ExpertsUsed = mixed ? ExpertsUsed : 0,
        };
        string size = string.Create(CultureInfo.InvariantCulture, $"{parameters / 1e9:0.##}B");
        return new(name, "", parameters, shape, $"shape guessed from {size} weights{(mixed ? "; experts as 4 of 64" : "")}");
    }
}
