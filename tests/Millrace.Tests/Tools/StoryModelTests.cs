using System.Security.Cryptography;
using Millrace.Tests.Cli;
using Millrace.Tools.StoryModel.Evaluating;
using Millrace.Tools.StoryModel.Publishing;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tests.Tools;

/// <summary>The models that the repository holds.</summary>
public class StoryModelTests
{
    const long MostBytes = 12_000_000;

    static string Folder { get; } = Path.Combine(Repository.Root, "models");

    [Fact]
    public void Manifest_lists_what_is_there()
    {
        Manifest manifest = Manifest.Read(Folder);
        Assert.Equal(["story", "story-draft"], manifest.Models.Select(model => model.Name));
        Assert.Equal(Directory.EnumerateFiles(Folder, "*.gguf").Select(Path.GetFileName).Order(), manifest.Models.Select(model => model.File).Order());
        Assert.All(manifest.Models, model =>
        {
            byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, model.File));
            Assert.Equal((model.Size, model.Sha256, "MIT"), (bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)), model.Licence));
        });
    }

    [Fact]
    public void Folder_stays_small() => Assert.InRange(Directory.EnumerateFiles(Folder).Sum(file => new FileInfo(file).Length), 1, MostBytes);

    [Fact]
    public async Task Answers_are_good_enough()
    {
        using Evaluator evaluator = new(Path.Combine(Folder, "story.gguf"), threads: 1);
        Evaluation evaluation = await Evaluation.OfAsync(evaluator, StoryPrompts.All, samples: 60);
        Assert.True(evaluation.IsGoodEnough, evaluation.Figures + evaluation.Answers);
    }

    [Fact]
    public async Task Draft_foresees_stories_with_the_same_tokens()
    {
        using Evaluator evaluator = new(Path.Combine(Folder, "story-draft.gguf"), threads: 1);
        Foresight foresight = await evaluator.ForeseeAsync(seed: 1, samples: 20);
        Assert.InRange(foresight.Ratio, 1, 1.5);
        Assert.Equal(Ids("story"), Ids("story-draft"));
    }

    [Fact]
    public void Prompts_are_fifty_and_some_are_never_trained_on()
    {
        Assert.Equal(50, StoryPrompts.All.Count);
        Assert.Equal(Split.HeldOut, StoryWorld.SplitOf("dark", "rabbit", "the farm"));
        Assert.Equal(Split.HeldOut, StoryWorld.SplitOf("fog", "mole", "the mountains"));
    }

    static string Ids(string model) =>
        CliRun.Answer("tokenize", "-m", Path.Combine(Folder, model + ".gguf"), "Once upon a time, there was a fox named Zorro.", "--output", "ids");
}
