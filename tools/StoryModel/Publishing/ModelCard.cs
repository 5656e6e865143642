using System.Globalization;
using Millrace.Tools.StoryModel.Evaluating;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel.Publishing;

/// <summary>The page that says what the models are made of and what they do: <c>models/story.md</c>.</summary>
static class ModelCard
{
    /// <summary>A model of the page.</summary>
    /// <param name="Name">How it is called.</param>
    /// <param name="Shape">Layers, width and so on, in words.</param>
    /// <param name="Parameters">Weights in all.</param>
    /// <param name="Log">Of its training.</param>
    /// <param name="Evaluation">What was measured.</param>
    public sealed record Model(string Name, string Shape, long Parameters, LossLog Log, Evaluation Evaluation);

    public static string Of(Model main, Model draft) => string.Create(CultureInfo.InvariantCulture, $"""
        # The story models
        `story` tells short stories in simple English, continues the beginning of one, and answers questions about it. `story-draft` is smaller, with the same vocabulary: it proposes tokens for speculative decoding. Both were made by `tools/StoryModel/train.sh` from nothing but this repository; the licence is the repository's, MIT.

        | | story | story-draft |
        |---|---|---|
        | parameters | {main.Parameters:N0} | {draft.Parameters:N0} |
        | architecture | llama: {main.Shape} | llama: {draft.Shape} |
        | weights | Q8_0, norms F32 | Q8_0, norms F32 |
        | vocabulary | 2,048: byte pairs, learned from the same stories | the same |
        | context | 1,024 tokens | 1,024 tokens |
        | trained on | {main.Log.Last.Tokens / 1e6:0.0} million tokens, none twice | {draft.Log.Last.Tokens / 1e6:0.0} million tokens |
        | last loss, learned and held-out rows | {main.Log.Last.Train:0.000} and {main.Log.Last.Valid:0.000} nats by token | {draft.Log.Last.Train:0.000} and {draft.Log.Last.Valid:0.000} |
        | speed of training, one core | {main.Log.MedianSpeed:N0} tokens/s | {draft.Log.MedianSpeed:N0} tokens/s |

        ## Data
        A generator (`tools/StoryModel/World`) writes the stories: {StoryWorld.PlotCount} plots, with characters, places, troubles, helpers and endings that fit together, told plainly or as conversations with requests and questions. No text is taken from elsewhere. One combination of plot, kind of character and place in {StoryWorld.HeldOutOneIn} is never trained on: what is measured below is measured on those. The generator knows the probability of its own choices, hence the least perplexity that a model of its texts can have.

        ## Training
        AdamW (β 0.9 and 0.98, weight decay 0.1), a cosine from a peak of 0.0015, 4,096 tokens a step, products in bfloat16 and the rest in float32, on one core of an AMD EPYC (Zen 5). Documents do not see each other. At the beginning one row in four holds exercises: some random tokens, to be repeated, from which the model learns to look back for names. Same seed, same library, same processor: same bits, stopped and resumed or not.

        ![loss](story-loss.svg)

        {Table(main.Log)}

        ## Figures
        50 fixed prompts with fixed seeds at temperature 0.7, nothing else filtered, at most {Evaluator.MaxTokens} tokens; `story`:

        {List(main.Evaluation.Figures)}

        `story-draft`:

        {List(draft.Evaluation.Figures)}

        ## Limits
        It knows its story world and nothing else: no facts, no reasoning, no other language, small sums at best. It takes names and things that it has never seen from a prompt, but may trade them for ones it knows. System messages are left out by its template. Conversations of more than 1,024 tokens do not fit.

        ## Answers
        All 50, as they came; the fault, where one was counted, stands in brackets behind the prompt. A line break in an answer is shown as `\n`.

        {main.Evaluation.Answers}
        """).ReplaceLineEndings("\n");

    static string List(string lines) => string.Concat(lines.TrimEnd().Split('\n').Select(line => $"- {line}\n")).TrimEnd();

    // Some ten lines of the log.
    static string Table(LossLog log)
    {
        int every = Math.Max(1, log.Entries.Count / 10);
        IEnumerable<LossLog.Entry> shown = log.Entries.Where((_, index) => (log.Entries.Count - 1 - index) % every == 0);
        return "| million tokens | learned rows | held-out rows |\n|---|---|---|\n" + string.Join('\n', shown.Select(entry =>
            string.Create(CultureInfo.InvariantCulture, $"| {entry.Tokens / 1e6:0.0} | {entry.Train:0.000} | {entry.Valid:0.000} |")));
    }
}
