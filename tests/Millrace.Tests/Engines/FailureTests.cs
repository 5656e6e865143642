using Millrace.Sampling;
using static Millrace.Tests.Engines.EngineRequests;

namespace Millrace.Tests.Engines;

/// <summary>Steps, logits and observers that fail, and whom they harm.</summary>
public sealed class FailureTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public async Task An_exception_in_a_step_fails_its_sequences_and_the_engine_goes_on(int step)
    {
        FakeDevice device = new();
        device.BeforeStep = (number, _) =>
        {
            if (number == step)
            {
                throw new InvalidOperationException("the forward failed");
            }
        };
        await using Engine engine = device.Start();
        Generation[] generations = [.. Enumerable.Range(0, 3).Select(i => engine.Submit(Ask(Tokens(i, 20), 20)))];
        int failed = 0;
        foreach (Generation generation in generations)
        {
            try
            {
                await Read(generation);
            }
            catch (GenerationException error)
            {
                Assert.Equal("the forward failed", error.InnerException!.Message);
                Assert.Equal(FinishReason.Error, generation.FinishReason);
                failed++;
            }
        }

        Assert.InRange(failed, 1, 3);
        int[] prompt = Tokens(0, 20);
        Assert.Equal(device.Model.Continue(prompt, 9), (await Read(engine.Submit(Ask(prompt, 9)))).Select(output => output.Token));
        await engine.DisposeAsync();
        engine.CheckIdle();
    }

    [Fact]
    public async Task Logits_that_are_not_numbers_fail_their_sequence_alone()
    {
        FakeDevice device = new();
        int[] good = Tokens(1, 5);
        int[] bad = Tokens(2, 5);
        int[] expected = device.Model.Continue(good, 10);
        int poisoned = device.Model.Continue(bad, 10).First(token => !expected.Contains(token));
        device.OnLogits = (token, logits) => logits[0] = token == poisoned ? float.NaN : logits[0];
        await using Engine engine = device.Start();
        Generation first = engine.Submit(Ask(good, 10));
        Generation second = engine.Submit(Ask(bad, 10));
        GenerationException error = await Assert.ThrowsAsync<GenerationException>(() => Read(second));
        Assert.IsType<SamplingException>(error.InnerException);
        Assert.Equal(expected, (await Read(first)).Select(output => output.Token));
    }

    [Fact]
    public async Task An_observer_that_throws_fails_its_request_alone_and_is_not_called_again()
    {
        FakeDevice device = new();
        using ManualResetEventSlim both = new();
        device.BeforeStep = (_, _) => both.Wait();
        await using Engine engine = device.Start(stepTokens: 16);
        int calls = 0;
        Generation bad = engine.Submit(Ask(Tokens(1, 40), 2) with
        {
            PromptLogits = (position, _) =>
            {
                calls++;
                if (position == 20)
                {
                    throw new InvalidDataException("no"); // in a step with the other's tokens
                }
            },
        });
        Generation good = engine.Submit(Ask(Tokens(2, 1), 6));
        both.Set();
        Assert.IsType<InvalidDataException>((await Assert.ThrowsAsync<GenerationException>(() => Read(bad))).InnerException);
        Assert.Equal(device.Model.Continue(Tokens(2, 1), 6), (await Read(good)).Select(output => output.Token));
        Assert.Equal(21, calls);
    }
}
