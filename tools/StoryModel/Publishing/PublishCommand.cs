using System.CommandLine;
using System.Globalization;
using Millrace.Formats.Gguf;
using Millrace.Tools.StoryModel.Evaluating;
using Millrace.Tools.StoryModel.Export;

namespace Millrace.Tools.StoryModel.Publishing;

/// <summary><c>publish</c>: from what training left, the models, their list and their page.</summary>
static class PublishCommand
{
    /// <summary>The models, the default first.</summary>
    static readonly (string Name, string Title, string Folder)[] Models = [("story", "Millrace story", "main"), ("story-draft", "Millrace story draft", "draft")];

    public static Command Create()
    {
        Option<DirectoryInfo> work = new("--work") { Description = "The folder with what training left.", Required = true };
        Option<DirectoryInfo> models = new("--models") { Description = "The folder of the models.", Required = true };
        Option<int> threads = new("--threads") { Description = "Threads that compute.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Command command = new("publish", "Write the models, their list and their page.") { work, models, threads };
        command.SetAction(async (parse, _) =>
        {
            string from = parse.GetRequiredValue(work).FullName;
            string to = parse.GetRequiredValue(models).FullName;
            using GgufFile vocabulary = GgufFile.Open(Path.Combine(from, "vocabulary.gguf"));
            List<ModelCard.Model> cards = [];
            foreach ((string name, string title, string folder) in Models)
            {
                WeightsFile weights = new(Path.Combine(from, folder, "weights.safetensors"));
                string path = Path.Combine(to, name + ".gguf");
                ExportCommand.Writer(weights, vocabulary.Metadata, title).Write(path);
                using Evaluator evaluator = new(path, parse.GetValue(threads));
                Evaluation evaluation = await Evaluation.OfAsync(evaluator, StoryPrompts.All, EvaluateCommand.Samples).ConfigureAwait(false);
                Console.Write($"{name}:\n{evaluation.Figures}");
                cards.Add(new(name, Shape(weights), weights.Parameters, LossLog.Read(Path.Combine(from, folder, "log.csv")), evaluation));
            }

            Manifest.Of(to, Models.Select(model => model.Name)).Write(to);
            await File.WriteAllTextAsync(Path.Combine(to, "story.md"), ModelCard.Of(cards[0], cards[1]), CancellationToken.None).ConfigureAwait(false);
            await File.WriteAllTextAsync(Path.Combine(to, "story-loss.svg"), cards[0].Log.Svg(), CancellationToken.None).ConfigureAwait(false);
            return cards[0].Evaluation.IsGoodEnough ? 0 : 1;
        });
        return command;
    }

    static string Shape(WeightsFile weights) => string.Create(
        CultureInfo.InvariantCulture,
        $"{weights.Integer("layers")} layers of {weights.Integer("width")}, {weights.Integer("heads")} heads on {weights.Integer("kv_heads")} of keys and values, feed-forward {weights.Integer("ffn")}, tied embedding");
}
