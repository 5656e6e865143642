using Millrace.Server.Inference;
using Millrace.Server.Ledger;
using static Millrace.Tests.Server.Inference.PipelineBench;

namespace Millrace.Tests.Server.Inference;

/// <summary>What a request gets and what it costs depends on nothing but the request.</summary>
public sealed class ExactTests
{
    [Fact, Trait("Probe", "79")]
    public async Task Alone_among_others_and_preempted_it_is_the_same_answer_and_the_same_bill()
    {
        int[] prompt = Tokens(100, 10);
        await using PipelineBench alone = new();
        Run expected = await alone.RunAsync(Ask(prompt, 60));
        Assert.Equal(alone.Device.Model.Continue(prompt, 60), expected.Tokens());

        foreach (int blocks in new[] { 400, 25 }) // room for all 16, and for hardly more than one: they take blocks from each other
        {
            FakeDevice device = new(blocks);
            await using PipelineBench bench = new(device, start: () => device.Start(blocks: blocks, tokenizer: Tokenizer));
            Run[] runs = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => bench.RunAsync(Ask(i == 7 ? prompt : Tokens(i, 10), 60)))));
            Assert.Equal(expected.Tokens(), runs[7].Tokens());
            Assert.Equal(expected.Text(), runs[7].Text());
            Assert.All(runs, run => Assert.Equal(expected.Receipt.Charge, run.Receipt.Charge));
            Assert.Equal(16, bench.Records.Count);
        }
    }

    [Fact, Trait("Probe", "78")]
    public async Task Requests_that_fit_only_one_at_a_time_all_finish()
    {
        FakeDevice device = new(16);
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 16, tokenizer: Tokenizer)); // 64 tokens in all
        Run[] runs = await Task.WhenAll(Enumerable.Range(0, 12).Select(seed => Task.Run(() => bench.RunAsync(Ask(Tokens(seed, 20), 40)))));
        for (int seed = 0; seed < runs.Length; seed++)
        {
            Assert.Equal(device.Model.Continue(Tokens(seed, 20), 40), runs[seed].Tokens());
        }
    }

    [Fact, Trait("Probe", "81")]
    public async Task Requests_that_share_a_prefix_and_part_each_get_their_own_answer()
    {
        FakeDevice device = new(60);
        await using PipelineBench bench = new(device, start: () => device.Start(blocks: 60, tokenizer: Tokenizer));
        int[] shared = Tokens(1, 80);
        for (int round = 0; round < 5; round++)
        {
            int[][] prompts = [.. Enumerable.Range(0, 12).Select(i => (int[])[.. shared, .. Tokens(i + (100 * round), 1 + (i % 9))])];
            Run[] runs = await Task.WhenAll(prompts.Select(prompt => Task.Run(() => bench.RunAsync(Ask(prompt, 30)))));
            for (int i = 0; i < prompts.Length; i++)
            {
                Assert.Equal(device.Model.Continue(prompts[i], 30), runs[i].Tokens());
            }
        }
    }

    [Fact, Trait("Probe", "86")]
    public async Task A_step_that_throws_fails_its_batch_alone()
    {
        for (int failing = 0; failing < 12; failing++)
        {
            FakeDevice device = new();
            int failAt = failing;
            bool outOfMemory = failing % 2 == 1;
            device.BeforeStep = (step, _) =>
            {
                if (step == failAt)
                {
                    throw outOfMemory ? new InsufficientMemoryException() : new InvalidOperationException("the forward failed");
                }
            };
            await using PipelineBench bench = new(device);
            Task<Run>[] runs = [.. Enumerable.Range(0, 4).Select(seed => bench.RunAsync(Ask(Tokens(seed, 5), 20)))];
            await Task.WhenAll(runs).ContinueWith(static _ => { }, TaskScheduler.Default);
            Assert.Contains(runs, run => run.IsFaulted);
            Assert.All(runs.Where(run => run.IsFaulted), run => Assert.IsType<GenerationException>(run.Exception!.InnerException));
            Assert.Equal(device.Model.Continue(Tokens(9, 5), 20), (await bench.RunAsync(Ask(Tokens(9, 5), 20))).Tokens());
            Assert.Equal(5, bench.Records.Count);
            Assert.Equal(runs.Count(run => run.IsFaulted), bench.Records.Count(receipt => receipt.Outcome.Ending == Ending.Error));
        }
    }
}
