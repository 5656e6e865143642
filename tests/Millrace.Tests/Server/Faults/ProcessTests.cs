using System.Globalization;
using System.Net;
using Millrace.Server.Ledger;

namespace Millrace.Tests.Server.Faults;

/// <summary>Signals, limits and disks of the process.</summary>
public sealed class ProcessTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly string _model;

    public ProcessTests()
    {
        _model = _folder.Path("story.gguf");
        StoryWithTemplate.Write(_model);
    }

    public void Dispose() => _folder.Dispose();

    [Fact, Trait("Probe", "99")]
    public async Task On_SIGTERM_streams_end_new_requests_get_503_and_it_exits_with_0()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model);
        TaskCompletionSource running = new();
        Task<StreamedAnswer>[] streams = [.. Enumerable.Range(0, 6).Select(seed => StreamedAnswer.ReadAsync(server.Http, 500, seed, pieces => _ = pieces == 1 && running.TrySetResult()))];
        await running.Task;
        server.Signal("TERM");
        StreamedAnswer late;
        do
        {
            late = await StreamedAnswer.ReadAsync(server.Http, 1);
        }
        while (late.IsWhole); // the signal is on its way

        Assert.True(late.Status is HttpStatusCode.ServiceUnavailable or 0, $"{late}"); // nobody listens any more where the streams were fast
        Assert.True(late.Status == 0 || late.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        Assert.All(await Task.WhenAll(streams), stream => Assert.Equal(500, stream.Usage));
        Assert.Equal(0, await server.WaitAsync());
    }

    [Fact]
    public async Task At_the_edge_it_says_what_it_takes_and_in_the_end_what_a_joule_made()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model, args: ["--profile", "edge", "--watts", "7"]);
        Assert.Equal(100, (await StreamedAnswer.ReadAsync(server.Http, 100)).Usage);
        server.Signal("TERM");
        Assert.Equal(0, await server.WaitAsync());
        Assert.Matches($"millrace: edge: 1 of {Environment.ProcessorCount} processors; power (limited to|measured|not measured: 7 W assumed)", server.Error);
        Assert.Matches(@"millrace: edge: 100 tokens of answers, [0-9.]+ J( \(estimated\))?: [0-9.]+ tokens per joule", server.Error);
    }

    [Fact, Trait("Probe", "99")]
    public async Task A_second_SIGTERM_ends_at_once()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model);
        TaskCompletionSource running = new();
        Task[] streams = [.. Enumerable.Range(0, 16).Select(seed => StreamedAnswer.ReadAsync(server.Http, 500, seed, pieces => _ = pieces == 1 && running.TrySetResult()))];
        await running.Task;
        server.Signal("TERM");
        await Task.Delay(100, TestContext.Current.CancellationToken);
        server.Signal("TERM");
        Assert.Contains(await server.WaitAsync(), new[] { 143, 0 }); // 0 where all streams had ended by then
        await Task.WhenAll(streams);
    }

    [Fact, Trait("Probe", "99")]
    public async Task Stopped_for_a_while_and_continued_it_goes_on_where_it_was()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model);
        TaskCompletionSource running = new();
        Task<StreamedAnswer> stream = StreamedAnswer.ReadAsync(server.Http, 500, onPiece: pieces => _ = pieces == 1 && running.TrySetResult());
        await running.Task;
        server.Signal("STOP");
        await Task.Delay(3000, TestContext.Current.CancellationToken);
        server.Signal("CONT");
        Assert.Equal(500, (await stream).Usage);
        Assert.True((await server.Http.GetAsync("health", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
    }

    [Fact, Trait("Probe", "100")]
    public async Task At_the_limit_of_open_files_it_lives_and_serves_again()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model, "ulimit -n 300 && exec \"$@\"");
        Assert.True((await StreamedAnswer.ReadAsync(server.Http, 5)).IsWhole);
        List<RawConnection> connections = [];
        for (int i = 0; i < 400; i++)
        {
            connections.Add(await RawConnection.OpenAsync(server.Address));
        }

        connections.ForEach(connection => connection.Dispose());
        Assert.Equal(5, (await Within(60, async () => await StreamedAnswer.ReadAsync(server.Http, 5) is { IsWhole: true } answer ? answer : null)).Usage);
    }

    [Fact, Trait("Probe", "100")]
    public async Task With_hardly_any_pool_threads_all_streams_end()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model, "export DOTNET_ThreadPool_ForceMaxWorkerThreads=2; exec \"$@\"");
        StreamedAnswer[] answers = await Task.WhenAll(Enumerable.Range(0, 24).Select(seed => StreamedAnswer.ReadAsync(server.Http, 40, seed)));
        Assert.All(answers, answer => Assert.Equal(40, answer.Usage));
    }

    [Fact, Trait("Probe", "102")]
    public async Task With_no_room_for_its_log_it_serves()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model, "exec \"$@\" >/dev/full 2>/dev/full", ServerProcess.FreePort());
        Assert.Equal(20, (await StreamedAnswer.ReadAsync(server.Http, 20)).Usage);
        Assert.Equal(HttpStatusCode.NotFound, (await server.Http.GetAsync("nowhere", TestContext.Current.CancellationToken)).StatusCode);
        server.Signal("TERM");
        Assert.Equal(0, await server.WaitAsync());
    }

    [Fact, Trait("Probe", "92")]
    public async Task On_a_full_disk_it_says_so_admits_nothing_and_has_lost_nothing_after_a_restart()
    {
        using SmallDisk disk = new(_folder.Path("home"), "4m");
        List<StreamedAnswer> answers = [];
        using (ServerProcess server = await ServerProcess.StartAsync(disk.Path, _model))
        {
            answers.Add(await StreamedAnswer.ReadAsync(server.Http, 20));
            disk.Fill(but: 100_000);
            while (answers[^1].IsWhole)
            {
                Assert.True(answers.Count < 1000, "the disk does not fill");
                answers.Add(await StreamedAnswer.ReadAsync(server.Http, 20, answers.Count));
            }

            Assert.True(answers[^1].Error is not null || answers[^1].Status == HttpStatusCode.ServiceUnavailable, $"{answers[^1]}");
            StreamedAnswer refused = await StreamedAnswer.ReadAsync(server.Http, 20);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (refused.Status, refused.RetryAfter is not null));
            using HttpResponseMessage ready = await server.Http.GetAsync("health/ready", TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, ready.StatusCode);
            Assert.Contains("the ledger cannot be written", await ready.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
            Assert.True((await server.Http.GetAsync("health/live", TestContext.Current.CancellationToken)).IsSuccessStatusCode);
            disk.Free();
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await StreamedAnswer.ReadAsync(server.Http, 20)).Status); // what a failed write left cannot be known
            server.Kill();
        }

        using (ServerProcess again = await ServerProcess.StartAsync(disk.Path, _model))
        {
            Assert.True((await StreamedAnswer.ReadAsync(again.Http, 20)).IsWhole);
        }

        using LedgerReader ledger = LedgerReader.Open(Path.Combine(disk.Path, UsageLedger.FileName));
        ledger.Verify();
        Dictionary<string, Receipt> records = ledger.Records().ToDictionary(record => record.Id.ToString());
        Assert.All(answers.Where(answer => answer.IsWhole), answer => Assert.Equal(20, records[answer.Id!].Outcome.CompletionTokens));
    }

    [Fact, Trait("Probe", "66")]
    public async Task Thousands_of_idle_connections_and_slow_readers_hurt_no_other()
    {
        int connections = Environment.GetEnvironmentVariable("MILLRACE_IDLE") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 2000;
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path(), _model);
        await StreamedAnswer.ReadAsync(server.Http, 50);
        (double before, long memory) = (await MedianAsync(), server.ResidentBytes);
        List<RawConnection> open = [];
        try
        {
            for (int i = 0; i < connections; i++)
            {
                open.Add(await RawConnection.OpenAsync(server.Address));
            }

            for (int i = 0; i < 8; i++)
            {
                RawConnection slow = await RawConnection.OpenAsync(server.Address, receiveBuffer: 4096);
                open.Add(slow);
                const string Body = """{"model":"story","prompt":"Once","max_tokens":400,"ignore_eos":true,"stream":true,"logprobs":5}""";
                await slow.SendAsync($"POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {Body.Length}\r\n\r\n{Body}");
            }

            await Task.Delay(500, TestContext.Current.CancellationToken);
            double beside = await MedianAsync();
            TestContext.Current.TestOutputHelper?.WriteLine($"{connections} idle connections and 8 slow readers: an answer took {before:F1} ms before, {beside:F1} beside; {(server.ResidentBytes - memory) / 1024 / connections} KB each");
            Assert.True(beside < 500 + (5 * before), $"{before} ms before, {beside} beside"); // others use this machine too
        }
        finally
        {
            open.ForEach(static connection => connection.Dispose());
        }

        async Task<double> MedianAsync()
        {
            double[] times = new double[9];
            for (int i = 0; i < times.Length; i++)
            {
                long begin = TimeProvider.System.GetTimestamp();
                Assert.Equal(50, (await StreamedAnswer.ReadAsync(server.Http, 50, i)).Usage);
                times[i] = TimeProvider.System.GetElapsedTime(begin).TotalMilliseconds;
            }

            return times.Order().ElementAt(times.Length / 2);
        }
    }

    [Fact, Trait("Probe", "101")]
    public async Task What_it_cannot_start_with_is_one_line()
    {
        using ServerProcess server = await ServerProcess.StartAsync(_folder.Path("first"), _model);
        await MustFail("address already in use", _folder.Path("second"), "serve", "-m", _model, "-p", $"{server.Address.Port}");
        await MustFail("others can reach this server: make a key first", _folder.Path("third"), "serve", "-m", _model, "-p", "0", "--host", "0.0.0.0");
        await MustFail($"another server runs on {_folder.Path("first")}: process {server.Id} on {server.Address.ToString().TrimEnd('/')}; stop it", _folder.Path("first"), "serve", "-m", _model, "-p", "0");
        server.Signal("TERM");
        Assert.Equal(0, await server.WaitAsync());
        Assert.False(File.Exists(_folder.Path("first/serve.running")));
        if (OperatingSystem.IsWindows())
        {
            return; // has no modes of files
        }

        string secret = _folder.Path("second/cache.secret");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(secret));
        File.SetUnixFileMode(secret, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        await MustFail("cache.secret: expected a file that its user alone may read", _folder.Path("second"), "serve", "-m", _model, "-p", "0");
    }

    static async Task MustFail(string message, string home, params string[] args)
    {
        (int code, string error) = await ServerProcess.RunAsync(home, args);
        Assert.Equal(1, code);
        Assert.Contains(message, error, StringComparison.Ordinal);
        Assert.StartsWith("millrace: ", error, StringComparison.Ordinal);
        Assert.Equal(1, error.Count(character => character == '\n'));
    }

    static async Task<T> Within<T>(int seconds, Func<Task<T?>> attempt)
        where T : class
    {
        long begin = TimeProvider.System.GetTimestamp();
        while (true)
        {
            if (await attempt() is { } result)
            {
                return result;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(begin).TotalSeconds < seconds);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }
    }
}
