using System.CommandLine;

namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary><c>evaluate</c>: asks the fixed prompts, measures perplexity, prints the figures, and fails where one is not good enough.</summary>
static class EvaluateCommand
{
    /// <summary>Held-out samples to foresee, unless asked otherwise.</summary>
    public const int Samples = 300;

    public static Command Create()
    {
        Option<FileInfo> model = new("-m", "--model") { Description = "The model.", Required = true };
        Option<int> samples = new("--samples") { Description = "Held-out samples to foresee.", DefaultValueFactory = _ => Samples };
        Option<int> threads = new("--threads") { Description = "Threads that compute.", DefaultValueFactory = _ => Environment.ProcessorCount };
        Option<FileInfo?> answers = new("--answers") { Description = "Where to write the answers, as they came." };
        Command command = new("evaluate", "Measure a model.") { model, samples, threads, answers };
        command.SetAction(async (parse, _) =>
        {
            using Evaluator evaluator = new(parse.GetRequiredValue(model).FullName, parse.GetValue(threads));
            Evaluation evaluation = await Evaluation.OfAsync(evaluator, StoryPrompts.All, parse.GetValue(samples)).ConfigureAwait(false);
            Console.Write(evaluation.Figures);
            if (parse.GetValue(answers) is { } file)
            {
                await File.WriteAllTextAsync(file.FullName, evaluation.Answers, CancellationToken.None).ConfigureAwait(false);
            }

            return evaluation.IsGoodEnough ? 0 : 1;
        });
        return command;
    }
}
