using System.CommandLine;
using System.Text.Json;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel;

/// <summary><c>generate</c>: writes samples, one JSON object a line.</summary>
static class GenerateCommand
{
    static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    internal static Command Create()
    {
        var seed = new Option<ulong>("--seed") { Description = "Where the random numbers start.", DefaultValueFactory = _ => 1 };
        var count = new Option<int>("--count") { Description = "How many samples.", DefaultValueFactory = _ => 1000 };
        var split = new Option<string>("--split") { Description = "train or heldout.", DefaultValueFactory = _ => "train" };
        split.AcceptOnlyFromAmong("train", "heldout");
        var output = new Option<FileInfo?>("-o") { Description = "The file to write; standard output if absent." };
        var command = new Command("generate", "Write samples of the story world, one JSON object a line.") { seed, count, split, output };
        command.SetAction(parse =>
        {
            using var writer = parse.GetValue(output) is { } file ? new StreamWriter(file.FullName) : new StreamWriter(Console.OpenStandardOutput());
            writer.NewLine = "\n";
            var random = new StoryRandom(parse.GetValue(seed));
            var part = parse.GetValue(split) == "heldout" ? Split.HeldOut : Split.Train;
            for (var i = 0; i < parse.GetValue(count); i++)
            {
                writer.WriteLine(JsonSerializer.Serialize(StoryWorld.Generate(random, part), Json));
            }
        });
        return command;
    }
}
