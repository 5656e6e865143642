namespace Millrace.Tests.Cli;

public class ExplainCommandTests
{
    [Fact]
    public void Plan_shows_what_was_fused_and_what_each_op_costs()
    {
        string answer = CliRun.Answer("explain", "-m", KnownStory.Path);
        Assert.Matches(@"fused: [0-9]+ ops as written, SharedInputs −3, Products −3, .*: [0-9]+ ops run\n", answer);
        Assert.Matches(@"1 × +blk\.\*\.attn_q\|attn_k\|attn_v +matmul×3 +f16 +197 kB +0 B +[0-9.]+ k +[0-9.]+ µs +(memory|compute)\n", answer);
        Assert.Matches(@"in all: [0-9.]+ kB of weights, .*FLOP: at least .* tokens/s\n", answer);
    }

    [Fact]
    public void Raw_plan_has_nothing_fused()
    {
        string answer = CliRun.Answer("explain", "--fusions", "none", "--step", "32", "--depth", "100");
        Assert.Matches(@"fused: ([0-9]+) ops as written: \1 ops run\n", answer);
        Assert.Contains("a step of 32 token(s) at depth 100", answer, StringComparison.Ordinal);
    }
}
