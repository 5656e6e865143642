using System.Diagnostics;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Millrace.Scheduling;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Tests.Cli;
using Millrace.Tests.Server.Ledger;

namespace Millrace.Tests.Server.Keys;

/// <summary><c>millrace keys</c> and <c>usage</c> as processes of their own, beside a server that has the file open.</summary>
public sealed class KeyCommandTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_key_made_and_revoked_by_another_process_opens_and_shuts_within_a_second()
    {
        FakeTimeProvider clock = new();
        await using UsageLedger ledger = A.Ledger(_folder);
        using KeyStore store = KeyStore.Open(ledger.Path, clock);
        CliRun add = await Run("keys", "add", "ci", "--tenant", "acme", "--class", "realtime", "--rpm", "60", "--budget", "12.5");
        Assert.True(add.ExitCode == 0, add.Error);
        string text = add.Out.TrimEnd('\n');
        Assert.Null(store.Authenticate(text));
        clock.Advance(TimeSpan.FromSeconds(1));
        ApiKey key = store.Authenticate(text)!;
        Assert.Equal(("ci", "acme", ServiceClass.Realtime, 60L, 12_500_000L), (key.Name, key.Tenant, key.Class, key.Limits.RequestsPerMinute, key.Limits.Budget));
        Assert.Contains(key.Id, (await Run("keys", "ls")).Out, StringComparison.Ordinal);

        CliRun revoke = await Run("keys", "revoke", "ci");
        Assert.True(revoke.ExitCode == 0, revoke.Error);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False(store.IsLive(key.Id));
        Assert.Null(store.Authenticate(text));
        (await Run("keys", "add", " ")).MustFail(2, "NAME: expected from 1 to 128 characters");
        (await Run("keys", "add", "ci2", "--tenant", "a\nb")).MustFail(2, "--tenant: expected from 1 to 128 characters");
        (await Run("keys", "revoke", "ci")).MustFail(1, "there is no live key 'ci'");
    }

    [Fact]
    public async Task Usage_adds_up_what_a_running_ledger_has_settled()
    {
        await using UsageLedger ledger = A.Ledger(_folder);
        for (int i = 1; i <= 3; i++)
        {
            OpenRequest request = await ledger.Reserve(A.Reservation(key: null));
            await request.SettleAsync(A.Outcome(100));
        }

        CliRun json = await Run("usage", "--by", "model", "--output", "json", "--machine-price", "3600");
        JsonNode row = JsonNode.Parse(json.Out)!.AsArray().Single()!;
        Assert.Equal(("story", 3, 30, 12, 300, 3 * 306), ((string?)row["model"], (int)row["requests"]!, (int)row["prompt_tokens"]!, (int)row["cached_tokens"]!, (int)row["completion_tokens"]!, (int)row["price_micros"]!));
        // 180 us of a machine that costs 1 a second, for 300 tokens: 0.6 for a million.
        Assert.Equal(600_000, (long)row["break_even_micros_per_million_completion_tokens"]!);
        Assert.Equal("key,name,requests,recovered,prompt_tokens,cached_tokens,completion_tokens,price_micros", (await Run("usage", "--by", "key", "--output", "csv")).Out.Split('\n')[0].Split(",compute")[0]);
        Assert.Contains("0.000918", (await Run("usage", "--by", "class")).Out, StringComparison.Ordinal);
        Assert.Equal("[]\n", (await Run("usage", "--to", "2000-01-01", "--output", "json")).Out);
        (await Run("usage", "--from", "yesterday")).MustFail(2, "--from");
    }

    [Fact]
    public async Task Usage_of_a_file_that_is_no_ledger_is_one_line()
    {
        File.WriteAllText(_folder.Path("ledger.db"), "these are not the bytes of a database, but of a text that somebody left here");
        (await Run("usage")).MustFail(1, "expected a Millrace ledger");
    }

    [Fact]
    public async Task A_read_only_file_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs a shell");
        KeyStore.Open(_folder.Path("ledger.db"), TimeProvider.System).Dispose();
        // Whoever may do everything gives the file away and becomes nobody.
        string become = Environment.IsPrivilegedProcess ? "chown -R 65534 \"$MILLRACE_HOME\" && exec setpriv --reuid=65534 --clear-groups" : "exec";
        CliRun run = await Start("sh", "-c", $"chmod 400 \"$MILLRACE_HOME/ledger.db\" && {become} dotnet \"$0\" keys ls", CliPath);
        Assert.SkipUnless(run.Error.StartsWith("millrace: ", StringComparison.Ordinal), $"nobody cannot run here: {run.Error}");
        run.MustFail(1, "expected a writable file, found a read-only one");
    }

    static string CliPath => Path.Combine(AppContext.BaseDirectory, "Millrace.Cli.dll");

    Task<CliRun> Run(params string[] args) => Start("dotnet", [CliPath, .. args]);

    async Task<CliRun> Start(string program, params string[] args)
    {
        ProcessStartInfo start = new(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["MILLRACE_HOME"] = _folder.Path();
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new CliRun(process.ExitCode, await output, await error);
    }
}
