using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Models;

namespace Millrace.Tests.Planning.Costs;

public class AttentionLayersTests
{
    [Theory]
    [InlineData("llama-3-8b", 1, 0, 1)]
    [InlineData("llama-3-8b", 4, 2000, 1)]
    [InlineData("gpt-oss-20b", 3, 50, 1)]
    [InlineData("gpt-oss-20b", 3, 5000, 1)]
    [InlineData("gemma-3-4b", 2, 3000, 1)]
    [InlineData("deepseek-v2-lite", 2, 700, 1)]
    public void Bytes_and_operations_say_how_many_keys_were_read(string name, int sequences, int position, int count)
    {
        PlannedModel model = SramModels.Of(name);
        SramStep step = new AttentionLayers(model).Step(model.Step(sequences, new SequenceWork(position, count)));
        Assert.Equal(position + count, step.Keys, 1e-6 * (position + count));
        Assert.Equal(position + count, step.Attended, 1e-6 * (position + count));
        Assert.Equal(sequences * count, step.Tokens);
    }

    [Fact]
    public void A_prompts_tokens_see_half_its_keys()
    {
        PlannedModel model = SramModels.Of("llama-3-8b");
        SramStep step = new AttentionLayers(model).Step(model.Step(1, new SequenceWork(0, 1000)));
        Assert.Equal(1000, step.Keys, 0.001);
        Assert.Equal(500.5, step.Attended, 0.001);
    }
}
