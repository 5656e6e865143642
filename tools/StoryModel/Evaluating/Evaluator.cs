using System.Globalization;
using Millrace.Formats;
using Millrace.Sampling;
using Millrace.Tokenization.Templates;
using Millrace.Tools.StoryModel.Tokenizing;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary>Asks a story model, and measures how well it foresees the world's stories.</summary>
public sealed class Evaluator : IDisposable
{
    /// <summary>The temperature of the answers; all else is left as the model has it.</summary>
    public const float Temperature = 0.7f;

    /// <summary>The most tokens of an answer.</summary>
    public const int MaxTokens = 400;

    readonly Engine _engine;

    /// <summary>Loads a model.</summary>
    public Evaluator(string path, int threads)
    {
        using ModelFile file = ModelFile.Open(path);
        int context = file.Metadata.Int("llama.context_length", min: 1);
        _engine = Engine.Load(file, new EngineOptions { Device = new() { Context = context, Threads = threads }, MaxSequences = 1 });
    }

    /// <summary>Answers a prompt; the same seed gives the same answer.</summary>
    public async Task<StoryAnswer> AnswerAsync(StoryPrompt prompt, ulong seed)
    {
        AnswerReader reader = new(_engine, new GenerationRequest
        {
            Prompt = prompt.IsBeginning
                ? _engine.Tokenizer.Encode(prompt.Text)
                : _engine.ChatFormat!.Encode(ChatTemplate.ToJson([("user", prompt.Text)]), DateTime.UnixEpoch),
            MaxTokens = MaxTokens,
            Sampling = new SamplingParameters { Temperature = Temperature, Seed = seed },
        }, []);
        List<string> pieces = [];
        await foreach (AnswerPiece piece in reader.ReadAsync().ConfigureAwait(false))
        {
            pieces.Add(piece.Text);
        }

        string text = (prompt.IsBeginning ? prompt.Text : "") + string.Concat(pieces);
        return new StoryAnswer(prompt, text, reader.FinishReason == FinishReason.Stop);
    }

    /// <summary>How well the model foresees so many held-out samples.</summary>
    public async Task<Foresight> ForeseeAsync(ulong seed, int samples)
    {
        StoryRandom random = new(seed);
        Foresight sum = new(0, 0, 0);
        for (int i = 0; i < samples; i++)
        {
            Sample sample = StoryWorld.Generate(random, Split.HeldOut);
            Transcript transcript = Transcript.Of(sample, _engine.Tokenizer);
            if (transcript.Tokens.Count <= _engine.Context)
            {
                double nats = await SurpriseAsync(transcript).ConfigureAwait(false);
                sum = new(sum.ModelNats + nats, sum.WorldNats - sample.LogProbability, sum.Tokens + transcript.LearnedCount);
            }
        }

        return sum;
    }

    /// <inheritdoc/>
    public void Dispose() => _engine.Dispose();

    // -log p of all learned tokens.
    async Task<double> SurpriseAsync(Transcript transcript)
    {
        double nats = 0;
        Generation generation = _engine.Submit(new GenerationRequest
        {
            Prompt = transcript.Tokens,
            MaxTokens = 0,
            PromptLogits = (position, logits) =>
            {
                if (position + 1 < transcript.Tokens.Count && transcript.Learned[position + 1])
                {
                    nats += LogProbabilities.Normalizer(logits) - logits[transcript.Tokens[position + 1]];
                }
            },
        });
        await foreach (TokenOutput output in generation.WithCancellation(CancellationToken.None).ConfigureAwait(false))
        {
            throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"the token {output.Token} came unasked"));
        }

        return nats;
    }
}
