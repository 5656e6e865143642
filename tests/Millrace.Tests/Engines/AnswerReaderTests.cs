using Millrace.Sampling;
using Millrace.Tests.Tokenization.HuggingFace;
using Millrace.Tokenization.HuggingFace;

namespace Millrace.Tests.Engines;

public sealed class AnswerReaderTests
{
    [Fact]
    public async Task An_answer_that_begins_with_a_space_keeps_it_since_it_continues_a_prompt()
    {
        const int SpaceAb = 15;
        HuggingFaceTokenizer tokenizer = SmallTokenizers.Load(SmallTokenizers.All["unigram"]);
        Assert.Equal("ab", tokenizer.Decode([SpaceAb])); // as the beginning of a text it has none
        FakeDevice device = new() { OnLogits = static (_, logits) => logits[SpaceAb] = 100 };
        await using Engine engine = device.Start(tokenizer: tokenizer);
        AnswerReader reader = new(engine, new GenerationRequest { Prompt = [SpaceAb], MaxTokens = 2, Sampling = new SamplingParameters { Temperature = 0 }, StopTokens = new HashSet<int>() }, []);
        string text = "";
        await foreach (AnswerPiece piece in reader.ReadAsync(TestContext.Current.CancellationToken))
        {
            text += piece.Text;
        }

        Assert.Equal(" ab ab", text);
    }
}
