using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Millrace.Cli;
using Millrace.Cli.ServeBench;
using Millrace.Planning;
using Millrace.Planning.Simulation;

namespace Millrace.Tests.Cli.ServeBench;

/// <summary>The parts of a load, without a server.</summary>
public class LoadTests
{
    static readonly long Second = Stopwatch.Frequency;

    [Theory]
    [InlineData(0, 1)]
    [InlineData(50, 2.5)]
    [InlineData(75, 3.25)]
    [InlineData(99, 3.97)]
    [InlineData(100, 4)]
    public void Percentiles_are_linear_between_neighbours(double percent, double expected) => Assert.Equal(expected, new Statistics([4, 1, 3, 2]).Percentile(percent), 12);

    [Fact]
    public void Statistics_of_nothing_are_0() => Assert.Equal((0, 0, 0, 0, 0), (new Statistics([]).Percentile(99), new Statistics([]).Mean, new Statistics([]).Max, new Statistics([]).Count, new Statistics([]).StandardDeviation));

    [Theory]
    [InlineData(1, 1)]
    [InlineData(4, 0.5)]
    [InlineData(0.25, 2)]
    public void Gaps_have_the_rate_s_mean_and_the_burstiness_s_spread(double burstiness, double variation)
    {
        Arrivals arrivals = new(rate: 8, burstiness, seed: 3);
        double[] gaps = [.. Enumerable.Range(0, 200_000).Select(_ => arrivals.NextGap())];
        double mean = gaps.Average();
        Assert.Equal(1.0 / 8, mean, 0.002);
        Assert.Equal(variation, Math.Sqrt(gaps.Average(gap => (gap - mean) * (gap - mean))) / mean, 0.03);
        Assert.All(gaps, gap => Assert.True(gap >= 0));
    }

    [Fact]
    public void Poisson_gaps_follow_the_exponential_distribution()
    {
        Arrivals arrivals = new(rate: 2, burstiness: 1, seed: 11);
        double[] gaps = [.. Enumerable.Range(0, 100_000).Select(_ => arrivals.NextGap()).Order()];
        // Kolmogorov-Smirnov: 1.63 / sqrt(n) is passed by chance once in a hundred seeds.
        double distance = gaps.Select((gap, i) => Math.Abs(1 - Math.Exp(-2 * gap) - (i + 0.5) / gaps.Length)).Max();
        Assert.True(distance < 1.63 / Math.Sqrt(gaps.Length), $"{distance}");
    }

    [Fact]
    public void Same_seed_gives_the_same_load_and_another_seed_another()
    {
        RandomLengths lengths = new() { Input = 100, Output = 20, RangeRatio = 0.5, PrefixTokens = 7, Prefixes = 3 };
        PromptText texts = new();
        string[] Of(int seed) => [.. lengths.Plan(seed).Take(20).Select(request => $"{request.OutputTokens} {texts.Of(request)}")];
        Assert.Equal(Of(1), Of(1));
        Assert.Empty(Of(1).Intersect(Of(2)));
        Assert.Equal(new Arrivals(1, 1, 5).NextGap(), new Arrivals(1, 1, 5).NextGap());
        Assert.NotEqual(new Arrivals(1, 1, 5).NextGap(), new Arrivals(1, 1, 6).NextGap());
    }

    [Fact]
    public void Prompts_share_as_many_prefixes_as_asked_and_nothing_else()
    {
        RandomLengths lengths = new() { Input = 30, Output = 1, PrefixTokens = 20, Prefixes = 3 };
        PromptText texts = new();
        string[][] words = [.. lengths.Plan(0).Take(60).Select(request => texts.Of(request).Split(' '))];
        Assert.All(words, prompt => Assert.Equal(50, prompt.Length));
        Assert.Equal(3, words.Select(prompt => string.Join(' ', prompt[..20])).Distinct().Count());
        Assert.Equal(60, words.Select(prompt => string.Join(' ', prompt[20..])).Distinct().Count());
    }

    [Fact]
    public void Lengths_stay_within_their_range()
    {
        RandomLengths lengths = new() { Input = 10, Output = 1, RangeRatio = 0.3 };
        int[] inputs = [.. lengths.Plan(0).Take(500).Select(request => request.InputTokens)];
        Assert.Equal((7, 13), (inputs.Min(), inputs.Max()));
        Assert.All(lengths.Plan(1).Take(100), request => Assert.InRange(request.OutputTokens, 1, 2));
    }

    [Fact]
    public void Words_of_several_tokens_still_add_up()
    {
        int[] costs = [.. PromptText.Words.Select(word => word.Length)];
        PromptText texts = new(costs);
        Assert.All(new RandomLengths { Input = 100, Output = 1, RangeRatio = 0.2 }.Plan(0).Take(50), request =>
            Assert.Equal(request.InputTokens, texts.Of(request).Split(' ').Sum(word => word.Length)));
    }

    [Fact]
    public void Azure_trace_is_read_whole()
    {
        PlannedRequest[] requests = [.. TraceFile.Read(SharedData.Require("data", "traces", "AzureLLMInferenceTrace_conv.csv"))];
        Assert.Equal(19366, requests.Length);
        Assert.Equal((374, 44, 0), (requests[0].InputTokens, requests[0].OutputTokens, requests[0].Arrival));
        Assert.Equal(4.314579, requests[1].Arrival!.Value, 6);
    }

    [Fact]
    public void Mooncake_trace_keeps_shared_prefixes_shared()
    {
        PlannedRequest[] requests = [.. TraceFile.Read(SharedData.Require("data", "traces", "mooncake_conversation_trace.jsonl"))];
        Assert.Equal(12031, requests.Length);
        Assert.Equal(6758, requests[0].InputTokens);
        Assert.Equal(requests[0].Parts[0], requests[1].Parts[0]);
        Assert.NotEqual(requests[0].Parts[1], requests[1].Parts[1]);
        Assert.Equal(6758 - 13 * 512, requests[0].Parts[^1].Tokens);
    }

    [Theory]
    [InlineData("t.csv", "h\n2023-11-16 18:17:03,8\n", "line 2: expected a time, tokens in and tokens out, found '2023-11-16 18:17:03,8'")]
    [InlineData("t.csv", "h\n2023-11-16 18:17:03,0,4\n", "line 2")]
    [InlineData("t.csv", "h\n2023-11-16 18:17:03,4,99999999999\n", "line 2")]
    [InlineData("t.csv", "h\nyesterday,4,9\n", "line 2")]
    [InlineData("t.jsonl", "{\"timestamp\":0,\"input_length\":5,\"output_length\":5}\n{", "line 2: expected an object with timestamp")]
    [InlineData("t.jsonl", "{\"timestamp\":-1,\"input_length\":5,\"output_length\":5}", "line 1")]
    [InlineData("t.jsonl", "{\"timestamp\":0,\"input_length\":0,\"output_length\":5}", "line 1")]
    [InlineData("t.jsonl", "null", "line 1")]
    public void Bad_line_of_a_trace_is_named(string name, string text, string message)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path(name), text);
        Assert.Contains(message, Assert.Throws<PlanningException>(() => TraceFile.Read(folder.Path(name)).Count()).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("data: a\n\ndata: b\n\n", "a", "b")]
    [InlineData("data: a\r\n\r\ndata:b\r\n\r\n", "a", "b")]
    [InlineData(": ping\n\nevent: x\nid: 3\ndata: a\n\n\n\n", "a")]
    [InlineData("data: a\ndata: b\n\n", "a\nb")]
    [InlineData("data: a\n\ndata: never ended", "a")]
    [InlineData("")]
    public async Task Events_are_read_however_they_are_cut(string stream, params string[] expected)
    {
        for (int piece = 1; piece <= 7; piece++)
        {
            SseReader reader = new(new Dribble(Encoding.UTF8.GetBytes(stream), piece));
            List<string> read = [];
            while (await reader.ReadAsync(TestContext.Current.CancellationToken))
            {
                read.Add(Encoding.UTF8.GetString(reader.Data));
            }

            Assert.Equal(expected, read);
        }
    }

    [Fact]
    public async Task Event_longer_than_the_buffer_is_read_whole()
    {
        string text = new('x', 200_000);
        SseReader reader = new(new Dribble(Encoding.UTF8.GetBytes($"data: {text}\n\n"), 7919));
        Assert.True(await reader.ReadAsync(TestContext.Current.CancellationToken));
        Assert.Equal(text, Encoding.UTF8.GetString(reader.Data));
    }

    [Theory]
    [InlineData("""{"choices":[{"delta":{"role":"assistant","content":""}}]}""", true, false)]
    [InlineData("""{"choices":[{"delta":{"content":"a"}}]}""", true, true)]
    [InlineData("""{"choices":[{"delta":{"reasoning_content":"a"}}]}""", true, true)]
    [InlineData("""{"choices":[{"delta":{"tool_calls":[{"function":{"arguments":""}}]}}]}""", true, true)]
    [InlineData("""{"choices":[{"text":"a","logprobs":{"content":[{"token":"x"}]}}]}""", true, true)]
    [InlineData("""{"choices":[{"delta":{},"logprobs":{"content":[{"text":"x"}]},"finish_reason":"stop"}]}""", true, false)]
    [InlineData("""{"choices":[],"usage":{"prompt_tokens":1}}""", false, false)]
    [InlineData("""{"choices":null}""", false, false)]
    [InlineData("""{"object":{"choices":[{"content":"a"}]}}""", false, false)]
    public void Chunks_with_text_are_told_from_others(string json, bool hasChoice, bool hasText)
    {
        StreamEvent read = StreamEvent.Parse(Encoding.UTF8.GetBytes(json));
        Assert.Equal((hasChoice, hasText), (read.HasChoice, read.HasText));
    }

    [Fact]
    public void Usage_and_errors_are_read()
    {
        StreamEvent usage = StreamEvent.Parse("""{"usage":{"prompt_tokens":9,"prompt_tokens_details":{"cached_tokens":4,"x":{"y":[1]}},"completion_tokens":2},"choices":[{"delta":{"content":"a"}}]}"""u8);
        Assert.Equal((9, 2, 4, true), (usage.PromptTokens, usage.CompletionTokens, usage.CachedTokens, usage.HasText));
        Assert.Equal("bad", StreamEvent.ErrorOf("""{"error":{"message":"bad","type":"x"}}"""u8));
        Assert.Equal("bad", StreamEvent.ErrorOf("""{"error":"bad"}"""u8));
        Assert.Equal("<html>", StreamEvent.ErrorOf("<html>"u8));
        Assert.ThrowsAny<JsonException>(() => StreamEvent.Parse("[1]"u8).HasText);
    }

    [Fact]
    public void Levels_are_kept_by_answers_within_all_of_them()
    {
        ServiceLevels levels = ServiceLevels.Parse(["ttft:500", "tpot:50", "e2el:1000"])!;
        Assert.True(levels.AreKept(Record(0, 0.5, 0.55, 0.6)));
        Assert.False(levels.AreKept(Record(0, 0.51, 0.55, 0.6)));
        Assert.False(levels.AreKept(Record(0, 0.5, 0.7)));
        Assert.False(levels.AreKept(Record(0, 0.96, 0.98, 1.01)));
        Assert.True(levels.AreKept(Record(0, 0.5)));
        RequestRecord failed = Record(0, 0.1);
        failed.Error = "x";
        Assert.False(levels.AreKept(failed));
    }

    [Fact]
    public void Report_is_printed_as_vllm_prints_it()
    {
        RequestRecord late = Record(1, 2, 2.25, 3);
        RequestRecord refused = new() { DueAt = Second, SentAt = Second, EndedAt = Second + Second / 100, Status = 429, Error = "slow\ndown", RetryAfter = 3 };
        LoadResult result = new([Record(0, 0.5, 0.6, 0.7, 0.8), late, refused], 0, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(0.2));
        LoadReport report = new()
        {
            Metrics = new LoadMetrics(result, ServiceLevels.Parse(["ttft:600"])),
            Options = new LoadOptions { RequestRate = 2.5, MaxConcurrency = 16 },
            Percentiles = [50, 99],
        };
        using StringWriter text = new();
        report.Write(text);
        Assert.Equal(Golden, string.Join('\n', text.ToString().Split('\n').Select(line => line.TrimEnd())));
    }

    [Fact]
    public async Task Cancelled_load_keeps_what_was_measured()
    {
        await using StubServer stub = await StubServer.StartAsync();
        using CancellationTokenSource source = new();
        stub.Answer = async (context, number, _) =>
        {
            if (number < 3)
            {
                await StubServer.StreamAsync(context, 2);
                return;
            }

            await StubServer.WriteAsync(context, """{"choices":[{"index":0,"delta":{"content":"a"}}]}""");
            await source.CancelAsync();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
        };
        LoadTarget target = new() { BaseUrl = new Uri(stub.Url) };
        using LoadClient client = new(target);
        LoadRun run = new(client, target, new PromptText(), new LoadOptions { MaxConcurrency = 1 });
        LoadResult result = await run.RunAsync(new RandomLengths { Input = 4, Output = 2 }.Plan(0), source.Token).WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        Assert.Equal([true, true, true, false], result.Records.Select(record => record.Succeeded));
        Assert.Equal("cancelled", result.Records[3].Error);
    }

    // Times in seconds: sent, then each token.
    static RequestRecord Record(double sent, params double[] texts)
    {
        RequestRecord record = new() { DueAt = 1, SentAt = 1 + (long)(sent * Second), EndedAt = 1 + (long)(texts[^1] * Second), InputTokens = 10, OutputTokens = texts.Length, Status = 200 };
        record.TextAt.AddRange(texts.Select(text => 1 + (long)(text * Second)));
        return record;
    }

    // Hands out a few bytes at a time.
    sealed class Dribble(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }

    const string Golden = """
        ============ Serving Benchmark Result ============
        Successful requests:                     2
        Failed requests:                         1
        Maximum request concurrency:             16
        Request rate configured (RPS):           2.50
        Benchmark duration (s):                  4.00
        Total input tokens:                      20
        Total generated tokens:                  7
        Request throughput (req/s):              0.50
        Request goodput (req/s):                 0.25
        Output token throughput (tok/s):         1.75
        Peak output token throughput (tok/s):    4.00
        Peak concurrent requests:                2.00
        Total token throughput (tok/s):          6.75
        ---------------Time to First Token----------------
        Mean TTFT (ms):                          750.00
        Median TTFT (ms):                        750.00
        P50 TTFT (ms):                           750.00
        P99 TTFT (ms):                           995.00
        -----Time per Output Token (excl. 1st token)------
        Mean TPOT (ms):                          300.00
        Median TPOT (ms):                        300.00
        P50 TPOT (ms):                           300.00
        P99 TPOT (ms):                           496.00
        ---------------Inter-token Latency----------------
        Mean ITL (ms):                           260.00
        Median ITL (ms):                         100.00
        P50 ITL (ms):                            100.00
        P99 ITL (ms):                            730.00
        ----------------End-to-end Latency----------------
        Mean E2EL (ms):                          1400.00
        Median E2EL (ms):                        1400.00
        P50 E2EL (ms):                           1400.00
        P99 E2EL (ms):                           1988.00
        -----------------Failed Requests------------------
        status 429:                              1
          Median, P99 time to refusal (ms):      10.00, 10.00
          Retry-After (s):                       3 to 3 (on 1)
          slow\ndown
        -------------------This Client--------------------
        Processor time (% of one core):          5.0
        P99 delay of sending (ms):               980.00
        ==================================================

        """;
}
