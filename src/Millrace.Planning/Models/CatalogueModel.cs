namespace Millrace.Planning.Models;

/// <summary>A model whose shape is known by name.</summary>
/// <param name="Id">How commands name it.</param>
/// <param name="Repository">Where its config.json is public, on Hugging Face; or the paper that states its shape.</param>
/// <param name="Parameters">Weights that its makers count, seeing parts left out.</param>
/// <param name="Shape">Its shape.</param>
/// <param name="Note">What it was taken for, or "".</param>
/// <param name="Aliases">Other spellings, as <see cref="ModelCatalogue.Find"/> compares them.</param>
public sealed record CatalogueModel(string Id, string Repository, double Parameters, ModelShape Shape, string Note, params string[] Aliases)
{
    /// <summary>The precision in which its makers publish it.</summary>
    public Precision Published => Shape.Architecture == "gpt-oss" ? Precision.MxFp4 : Id is "deepseek-v3" or "kimi-k2" ? Precision.Fp8 : Precision.Bf16;

    /// <summary>Whether the engine can run it: it has a page, and the processor code for all its ops.</summary>
    public bool Runs => Note.Length == 0 && Shape.Latent is null;
}
