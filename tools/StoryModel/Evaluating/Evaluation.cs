using System.Globalization;
using System.Text;

namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary>What was measured of a model.</summary>
/// <param name="All">The answers to the prompts.</param>
/// <param name="Foresight">How well it foresees held-out samples.</param>
public sealed record Evaluation(IReadOnlyList<StoryAnswer> All, Foresight Foresight)
{
    /// <summary>The share of answers that must end, and that must keep what the prompt names.</summary>
    public const double LeastShare = 0.95;

    /// <summary>The most that the model's perplexity may be over the world's.</summary>
    public const double MostRatio = 1.15;

    const ulong SamplesSeed = 1_000_003;

    /// <summary>The share of answers that end by themselves.</summary>
    public double Ended => Share(All, answer => answer.Ended);

    /// <summary>The share of answers that keep what their prompts name, of those that name something.</summary>
    public double Kept => Share(Naming, answer => answer.Keeps);

    List<StoryAnswer> Naming => [.. All.Where(answer => answer.Prompt is { IsTalk: false, Keeps.Length: > 0 })];

    List<StoryAnswer> Asked => [.. All.Where(answer => answer.Prompt is { IsTalk: true, Keeps.Length: > 0 })];

    /// <summary>How many answers loop.</summary>
    public int Looping => All.Count(answer => answer.Loops);

    /// <summary>Whether all figures are as they must be.</summary>
    public bool IsGoodEnough => Ended >= LeastShare && Kept >= LeastShare && Looping == 0 && Foresight.Ratio <= MostRatio;

    /// <summary>The figures, a line each.</summary>
    public string Figures => string.Create(CultureInfo.InvariantCulture, $"""
        answers that end by themselves: {Ended:P0} of {All.Count} (at least {LeastShare:P0})
        answers that keep what the prompt names: {Kept:P0} of {Naming.Count} (at least {LeastShare:P0})
        sums and colours that are right: {Asked.Count(answer => answer.Keeps)} of {Asked.Count}
        answers that repeat sentences in a loop: {Looping} (none)
        perplexity by token on held-out samples: {Foresight.ModelPerplexity:0.000}, the world's own {Foresight.WorldPerplexity:0.000}, ratio {Foresight.Ratio:0.000} (at most {MostRatio:0.00}; {Foresight.Tokens} tokens)

        """);

    /// <summary>The prompts and answers as Markdown.</summary>
    public string Answers
    {
        get
        {
            StringBuilder text = new();
            foreach (StoryAnswer answer in All)
            {
                text.Append(CultureInfo.InvariantCulture, $"- **{answer.Prompt.Text}**{(answer.Prompt.IsBeginning ? " (continued)" : "")}{Faults(answer)}  \n  {answer.Text.ReplaceLineEndings("\\n")}\n");
            }

            return text.ToString();
        }
    }

    /// <summary>Measures: answer i has the seed i.</summary>
    public static async Task<Evaluation> OfAsync(Evaluator evaluator, IReadOnlyList<StoryPrompt> prompts, int samples)
    {
        ArgumentNullException.ThrowIfNull(evaluator);
        ArgumentNullException.ThrowIfNull(prompts);
        List<StoryAnswer> answers = [];
        foreach (StoryPrompt prompt in prompts)
        {
            answers.Add(await evaluator.AnswerAsync(prompt, (ulong)answers.Count).ConfigureAwait(false));
        }

        return new Evaluation(answers, await evaluator.ForeseeAsync(SamplesSeed, samples).ConfigureAwait(false));
    }

    static string Faults(StoryAnswer answer) =>
        (answer.Ended ? "" : " [does not end]") + (answer.Keeps ? "" : " [does not keep]") + (answer.Loops ? " [loops]" : "");

    static double Share(IReadOnlyList<StoryAnswer> answers, Func<StoryAnswer, bool> has) => answers.Count == 0 ? 1 : (double)answers.Count(has) / answers.Count;
}
