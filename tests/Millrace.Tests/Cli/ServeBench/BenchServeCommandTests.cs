using System.Text.Json;

namespace Millrace.Tests.Cli.ServeBench;

public class BenchServeCommandTests
{
    [Fact]
    public async Task Every_answer_is_counted_with_the_servers_own_tokens()
    {
        await using StubServer stub = await StubServer.StartAsync();
        using TemporaryFolder folder = new();
        JsonElement report = await RunAsync(stub, folder, "--num-prompts", "20", "--max-concurrency", "4", "--random-output-len", "5", "--metric-percentiles", "50,99.9");
        Assert.Equal((20, 0), (Int(report, "completed"), Int(report, "failed")));
        Assert.Equal((200, 60, 100), (Int(report, "total_input_tokens"), Int(report, "total_cached_tokens"), Int(report, "total_output_tokens")));
        Assert.Equal("stub-model", report.GetProperty("model_id").GetString());
        Assert.InRange(Int(report, "max_concurrent_requests"), 1, 4);
        Assert.True(report.GetProperty("p99.9_ttft_ms").GetDouble() >= report.GetProperty("p50_ttft_ms").GetDouble());
        Assert.Equal(21, stub.Bodies.Count); // one to warm up
    }

    [Fact]
    public async Task Paces_of_the_server_are_those_measured()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = (context, _, _) => StubServer.StreamAsync(context, 6, pauseMilliseconds: 20);
        using TemporaryFolder folder = new();
        JsonElement report = await RunAsync(stub, folder, "--num-prompts", "4");
        // .NET's timers count by a clock that moves every 4 ms; a busy machine may make them late.
        Assert.InRange(report.GetProperty("median_ttft_ms").GetDouble(), 15, 200);
        Assert.InRange(report.GetProperty("median_tpot_ms").GetDouble(), 15, 200);
        Assert.InRange(report.GetProperty("median_e2el_ms").GetDouble(), 6 * 15, 1200);
        Assert.InRange(report.GetProperty("mean_itl_ms").GetDouble(), 15, 200);
    }

    [Fact]
    public async Task Body_asks_as_openai_defines_it()
    {
        await using StubServer stub = await StubServer.StartAsync();
        using TemporaryFolder folder = new();
        await RunAsync(stub, folder, "--num-prompts", "1", "--num-warmups", "0", "--model", "some/model", "--api-key", "sk-1", "--ignore-eos", "--service-tier", "batch", "--random-input-len", "3", "--random-output-len", "7");
        Assert.True(stub.Bodies.TryDequeue(out JsonElement body));
        Assert.Equal("Bearer sk-1", stub.Keys.Single());
        Assert.Equal("some/model", body.GetProperty("model").GetString());
        JsonElement message = Assert.Single(body.GetProperty("messages").EnumerateArray());
        Assert.Equal("user", message.GetProperty("role").GetString());
        Assert.Equal(3, message.GetProperty("content").GetString()!.Split(' ').Length);
        Assert.Equal(7, body.GetProperty("max_tokens").GetInt32());
        Assert.True(body.GetProperty("stream").GetBoolean());
        Assert.True(body.GetProperty("stream_options").GetProperty("include_usage").GetBoolean());
        Assert.True(body.GetProperty("ignore_eos").GetBoolean());
        Assert.Equal("batch", body.GetProperty("service_tier").GetString());
    }

    [Fact]
    public async Task Completions_send_a_prompt()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = async (context, _, _) =>
        {
            await StubServer.WriteAsync(context, """{"choices":[{"index":0,"text":"a"}]}""");
            await StubServer.WriteAsync(context, """{"choices":[{"index":0,"text":"b","finish_reason":"stop"}]}""");
            await StubServer.WriteAsync(context, "[DONE]");
        };
        using TemporaryFolder folder = new();
        JsonElement report = await RunAsync(stub, folder, "--num-prompts", "1", "--endpoint", "completions", "--random-input-len", "4");
        Assert.Equal(4, stub.Bodies.First().GetProperty("prompt").GetString()!.Split(' ').Length);
        // Without a usage, planned tokens and events count.
        Assert.Equal((4, 2), (Int(report, "total_input_tokens"), Int(report, "total_output_tokens")));
    }

    [Fact]
    public async Task Prompts_have_the_tokens_asked_where_the_server_counts_them()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Tokenize = Tokens;
        using TemporaryFolder folder = new();
        await RunAsync(stub, folder, "--num-prompts", "8", "--random-input-len", "50", "--random-range-ratio", "0.5", "--random-output-len", "1");
        // 1 for the token in front of every text, 1 for the first word, which has no space before it.
        Assert.All(stub.Bodies, body => Assert.InRange(Tokens(body.GetProperty("messages")[0].GetProperty("content").GetString()!) - 1, 25, 75));
        Assert.True(stub.Bodies.Select(body => Tokens(body.ToString())).Distinct().Count() > 1);

        static int Tokens(string text) => 1 + text.Split(' ').Sum(word => word.Length > 3 ? 2 : 1);
    }

    [Fact]
    public async Task Failures_are_counted_by_kind_and_the_others_still_measured()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = (context, number, body) => (number % 6) switch
        {
            0 or 1 => StubServer.RefuseAsync(context, 429, "too many requests", retryAfter: "7"),
            2 => StubServer.RefuseAsync(context, 503, "overloaded", retryAfter: "2"),
            3 => StubServer.WriteAsync(context, """{"choices":[{"index":0,"delta":{"content":"a"}}]}"""),
            4 => StubServer.WriteAsync(context, """{"error":{"message":"the step is wedged"}}"""),
            _ => StubServer.StreamAsync(context, 3),
        };
        using TemporaryFolder folder = new();
        string path = folder.Path("out.json");
        CliRun run = CliRun.Of("bench", "serve", "--base-url", stub.Url, "--num-prompts", "12", "--max-concurrency", "1", "--num-warmups", "0", "--save-result", path);
        Assert.Equal(0, run.ExitCode);
        JsonElement report = Read(path);
        Assert.Equal((2, 10), (Int(report, "completed"), Int(report, "failed")));
        Assert.Equal(6, Int(report, "total_output_tokens"));
        JsonElement[] failures = [.. report.GetProperty("failures").EnumerateArray()];
        Assert.Equal(
            ["broken stream 4", "status 429 4", "status 503 2"],
            failures.Select(failure => $"{failure.GetProperty("kind")} {failure.GetProperty("count")}"));
        Assert.Equal((7, 7), (failures[1].GetProperty("min_retry_after_s").GetDouble(), failures[1].GetProperty("max_retry_after_s").GetDouble()));
        Assert.Contains("status 429:                              4", run.Out, StringComparison.Ordinal);
        Assert.Contains("Retry-After (s):                       7 to 7 (on 4)", run.Out, StringComparison.Ordinal);
        Assert.Contains("too many requests", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_whose_connection_closes_unread_is_sent_again()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = async (context, number, _) =>
        {
            if (number is 1 or 2)
            {
                context.Abort();
                return;
            }

            await StubServer.StreamAsync(context, 2);
        };
        using TemporaryFolder folder = new();
        JsonElement report = await RunAsync(stub, folder, "--num-prompts", "4", "--max-concurrency", "1");
        Assert.Equal((4, 0, 2), (Int(report, "completed"), Int(report, "failed"), Int(report, "resent")));
    }

    [Fact]
    public async Task Server_that_closes_every_connection_fails()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = static (context, _, _) =>
        {
            context.Abort();
            return Task.CompletedTask;
        };
        CliRun run = CliRun.Of("bench", "serve", "--base-url", stub.Url, "--num-prompts", "1");
        Assert.Contains("fails the first request (no answer)", run.Error, StringComparison.Ordinal);
        Assert.Equal(4, stub.Bodies.Count);
    }

    [Fact]
    public async Task Open_loop_does_not_wait_for_answers()
    {
        await using StubServer stub = await StubServer.StartAsync();
        TaskCompletionSource all = new(TaskCreationOptions.RunContinuationsAsynchronously);
        stub.Answer = async (context, number, _) =>
        {
            // Nobody is answered before the last has come: a loop that waits would never get there.
            if (number == 9)
            {
                all.SetResult();
            }

            await all.Task.WaitAsync(TimeSpan.FromSeconds(30));
            await StubServer.StreamAsync(context, 1);
        };
        using TemporaryFolder folder = new();
        JsonElement report = await RunAsync(stub, folder, "--num-prompts", "10", "--request-rate", "100", "--num-warmups", "0");
        Assert.Equal((10, 10), (Int(report, "completed"), Int(report, "max_concurrent_requests")));
        Assert.Equal(100, report.GetProperty("request_rate").GetDouble());
        Assert.True(report.GetProperty("p99_send_delay_ms").GetDouble() >= 0);
    }

    [Fact]
    public async Task Closed_loop_never_has_more_at_once()
    {
        await using StubServer stub = await StubServer.StartAsync();
        int now = 0, most = 0;
        TaskCompletionSource full = new(TaskCreationOptions.RunContinuationsAsynchronously);
        stub.Answer = async (context, number, _) =>
        {
            int here = Interlocked.Increment(ref now);
            InterlockedMax(ref most, here);
            if (here == 3)
            {
                full.TrySetResult();
            }

            await (number == 0 ? Task.CompletedTask : full.Task.WaitAsync(TimeSpan.FromSeconds(30))); // the first comes alone, to warm up
            await Task.Delay(5);
            Interlocked.Decrement(ref now);
            await StubServer.StreamAsync(context, 1);
        };
        using TemporaryFolder folder = new();
        await RunAsync(stub, folder, "--num-prompts", "30", "--max-concurrency", "3");
        Assert.Equal(3, most);

        static void InterlockedMax(ref int most, int value)
        {
            for (int seen = most; seen < value; seen = most)
            {
                Interlocked.CompareExchange(ref most, value, seen);
            }
        }
    }

    [Fact]
    public async Task Duration_ends_the_sending()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = (context, _, _) => StubServer.StreamAsync(context, 1, pauseMilliseconds: 10);
        using TemporaryFolder folder = new();
        JsonElement report = await RunAsync(stub, folder, "--duration", "0.3", "--max-concurrency", "2");
        Assert.InRange(Int(report, "completed"), 1, 60);
        Assert.InRange(report.GetProperty("duration").GetDouble(), 0.3, 5);
    }

    [Fact]
    public async Task Goodput_counts_answers_that_keep_every_level()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = (context, number, _) => StubServer.StreamAsync(context, 2, pauseMilliseconds: number % 2 == 0 ? 300 : 0);
        using TemporaryFolder folder = new();
        JsonElement report = await RunAsync(stub, folder, "--num-prompts", "6", "--num-warmups", "0", "--goodput", "ttft:250", "e2el:100000"); // timers count by a clock that moves in milliseconds, and may fire early by one
        double good = report.GetProperty("request_goodput").GetDouble() * report.GetProperty("duration").GetDouble();
        Assert.InRange(good, 0, 3.001);
        Assert.Equal(6, Int(report, "completed"));
    }

    [Fact]
    public async Task Trace_gives_lengths_and_times()
    {
        await using StubServer stub = await StubServer.StartAsync();
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("t.csv"), "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:17:03.9000000,8,3\n2023-11-16 18:17:04.1000000,4,2\n");
        JsonElement report = await RunAsync(stub, folder, "--dataset-name", "trace", "--dataset-path", folder.Path("t.csv"), "--num-warmups", "0", "--save-detailed");
        JsonElement[] requests = [.. report.GetProperty("requests").EnumerateArray()];
        Assert.Equal(["3", "2"], requests.Select(request => request.GetProperty("output_tokens").ToString()));
        double late = report.GetProperty("max_send_delay_ms").GetDouble() / 1000 + 0.001;
        Assert.InRange(requests[1].GetProperty("start").GetDouble() - requests[0].GetProperty("start").GetDouble(), 0.2 - late, 0.2 + late);
        Assert.Equal([8, 4], stub.Bodies.Select(body => body.GetProperty("messages")[0].GetProperty("content").GetString()!.Split(' ').Length));
        Assert.Equal(3, requests[0].GetProperty("texts").GetArrayLength());
    }

    [Fact]
    public async Task Refusal_of_the_first_request_is_one_line()
    {
        await using StubServer stub = await StubServer.StartAsync();
        stub.Answer = (context, _, _) => StubServer.RefuseAsync(context, 401, "no such key");
        CliRun run = CliRun.Of("bench", "serve", "--base-url", stub.Url + "/v1", "--num-prompts", "1");
        Assert.Contains("fails the first request (status 401): no such key", run.Error, StringComparison.Ordinal);
        Assert.Equal((1, ""), (run.ExitCode, run.Out));
    }

    [Fact]
    public void Server_that_is_not_there_is_one_line() =>
        CliRun.Of("bench", "serve", "--base-url", "http://127.0.0.1:9", "--num-prompts", "1").MustFail(1, "http://127.0.0.1:9/v1/models: Connection refused");

    [Theory]
    [InlineData("--base-url: expected http://HOST:PORT, found 'ftp://x'", "--base-url", "ftp://x")]
    [InlineData("--request-rate: expected a number above 0 or inf, found '0'", "--request-rate", "0")]
    [InlineData("--request-rate: expected a number above 0 or inf, found 'NaN'", "--request-rate", "NaN")]
    [InlineData("--goodput: expected ttft:MS, tpot:MS or e2el:MS, found 'itl:3'", "--goodput", "itl:3")]
    [InlineData("--goodput: ttft is there twice", "--goodput", "ttft:3", "ttft:4")]
    [InlineData("--metric-percentiles: expected numbers from 0 to 100, found '50,101'", "--metric-percentiles", "50,101")]
    [InlineData("--percentile-metrics: expected some of ttft,tpot,itl,e2el, found 'ttft,x'", "--percentile-metrics", "ttft,x")]
    [InlineData("--dataset-name trace needs --dataset-path", "--dataset-name", "trace")]
    [InlineData("--duration alone asks for endless requests at once", "--duration", "3")]
    [InlineData("(see millrace bench serve --help)", "--num-prompts", "0")]
    public void Wrong_use_is_named(string message, params string[] args) => CliRun.Of(["bench", "serve", .. args]).MustFail(2, message);

    static async Task<JsonElement> RunAsync(StubServer stub, TemporaryFolder folder, params string[] args)
    {
        string path = folder.Path("result.json");
        CliRun run = await Task.Run(() => CliRun.Of(["bench", "serve", "--base-url", stub.Url, "--save-result", path, .. args]));
        Assert.True(run.ExitCode == 0, run.Error + run.Out);
        return Read(path);
    }

    static JsonElement Read(string path)
    {
        using JsonDocument report = JsonDocument.Parse(File.ReadAllText(path));
        return report.RootElement.Clone();
    }

    static int Int(JsonElement report, string name) => report.GetProperty(name).GetInt32();
}
