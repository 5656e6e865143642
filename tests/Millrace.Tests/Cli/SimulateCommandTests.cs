using System.Text.Json;
using System.Text.RegularExpressions;

namespace Millrace.Tests.Cli;

public class SimulateCommandTests
{
    static readonly string[] Llama = ["simulate", "-m", "llama-3-8b", "--precision", "fp8"];
    static readonly string[] Small = [.. Llama, "--fleet", "2*h100", "--rate", "20", "--requests", "100", "--input", "200", "--output", "20", "--spread", "0.5"];

    [Fact]
    public void The_first_lines_say_what_was_asked_and_how_it_went()
    {
        string answer = CliRun.Answer([.. Small, "--goodput", "ttft:500", "tpot:50", "--classes", "realtime:0.3"]);
        string[] lines = answer.Split('\n');
        Assert.Matches(@"^100 requests of 200 \+ 20 tokens, 20 requests/s on 2 × H100 SXM 80GB TP1, llama-3-8b fp8$", lines[0]);
        Assert.Matches(@"^100 % of 100 requests keep TTFT ≤ 500 ms, TPOT ≤ 50 ms: [0-9.]+ a second; first token after [0-9.]+ ms, [0-9.]+ ms per token \(medians\); \$[0-9.]+/1M output tokens$", lines[1]);
        foreach (string row in new[] { "time to first token", "time per token after it", "gap between tokens", "end to end", "realtime", "standard", "throughput:", "cache:", "price:", "energy:", "error of step times:" })
        {
            Assert.Matches($"\n *{Regex.Escape(row)} +[^ ]", answer);
        }
    }

    [Fact]
    public void Equal_options_print_and_log_equal_bytes()
    {
        using TemporaryFolder folder = new();
        string[] mixed = [.. Small, "--burst", "4", "--classes", "realtime:0.2,batch:0.3", "--prefix-len", "128", "--num-prefixes", "3", "--router", "prefix", "--seed", "5"];
        string first = CliRun.Answer([.. mixed, "--format", "json", "--log", folder.Path("a.jsonl")]);
        Assert.Equal(first, CliRun.Answer([.. mixed, "--format", "json", "--log", folder.Path("b.jsonl")]));
        Assert.Equal(File.ReadAllBytes(folder.Path("a.jsonl")), File.ReadAllBytes(folder.Path("b.jsonl")));
        Assert.Equal(CliRun.Answer(mixed), CliRun.Answer(mixed));
        Assert.NotEqual(first, CliRun.Answer([.. mixed[..^1], "6", "--format", "json"]));
        JsonElement json = JsonDocument.Parse(first).RootElement;
        Assert.Equal(100, json.GetProperty("completed").GetInt32());
        Assert.True(json.GetProperty("cached_share").GetDouble() > 0.1);
        Assert.Equal(2, json.GetProperty("groups")[0].GetProperty("replicas").GetInt32());
        Assert.Contains(File.ReadLines(folder.Path("a.jsonl")), line => line.StartsWith("{\"step\":", StringComparison.Ordinal) && line.Contains("\"lane\":1", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("azure.csv", "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n")]
    [InlineData("vidur.csv", "arrived_at,num_prefill_tokens,num_decode_tokens\n0.5,374,44\n4.8145790,396,109\n")]
    [InlineData("mooncake.jsonl", "{\"timestamp\":0,\"input_length\":374,\"output_length\":44,\"hash_ids\":[3]}\n{\"timestamp\":4314.579,\"input_length\":396,\"output_length\":109,\"hash_ids\":[3]}\n")]
    [InlineData("own.csv", "class,arrival,input,output,tenant\nrealtime,7,374,44,1\nbatch,11.314579,396,109,2\n")]
    [InlineData("own.jsonl", "{\"arrival\":1,\"input\":374,\"output\":44}\n{\"arrival\":5.314579,\"input\":396,\"output\":109,\"session\":9,\"prefix\":1,\"prefix_tokens\":64}\n")]
    public void All_forms_of_traces_are_read(string name, string text)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path(name), text);
        JsonElement json = JsonDocument.Parse(CliRun.Answer([.. Llama, "--fleet", "h100", "--trace", folder.Path(name), "--format", "json"])).RootElement;
        Assert.Equal((2, 770, 153), (json.GetProperty("completed").GetInt32(), json.GetProperty("input_tokens").GetInt32(), json.GetProperty("output_tokens").GetInt32()));
        Assert.InRange(json.GetProperty("seconds").GetDouble(), 4.32, 8);
    }

    [Fact]
    public void Prompts_are_computed_apart_where_the_fleet_says_so()
    {
        JsonElement json = JsonDocument.Parse(CliRun.Answer([.. Small[..5], "--fleet", "1*h100:prefill,1*2xh100:decode", .. Small[7..], "--link", "25GB/s", "--format", "json"])).RootElement;
        Assert.Equal(["Prefill TP1", "Decode TP2"], json.GetProperty("groups").EnumerateArray().Select(group => $"{group.GetProperty("role").GetString()} {group.GetProperty("division").GetString()}"));
        Assert.Equal(100, json.GetProperty("completed").GetInt32());
    }

    [Theory]
    [InlineData(2, "name a fleet with --fleet")]
    [InlineData(2, "--fleet: expected N*DEVICE", "--fleet", "h100:fast")]
    [InlineData(2, "--fleet: expected N*DEVICE", "--fleet", "0*h100")]
    [InlineData(2, "--fleet: 8 chips cannot be divided as '8xh100:tp3' says", "--fleet", "8xh100:tp3")]
    [InlineData(1, "TP3 neither divides the model's 8 KV heads", "--fleet", "h100:tp3")]
    [InlineData(2, "a fleet that computes prompts apart needs", "--fleet", "h100:prefill")]
    [InlineData(2, "--fleet: expected a device such as", "--fleet", "warp-core")]
    [InlineData(1, "does not fit on 1 × apple-m1", "-m", "llama-3-70b", "--fleet", "apple-m1:tp1")]
    [InlineData(1, "no division of llama-3-70b over Apple M1", "-m", "llama-3-70b", "--fleet", "apple-m1")]
    [InlineData(2, "--link: expected a number above 0, found '0'", "--fleet", "h100", "--link", "0")]
    [InlineData(2, "--goodput: expected ttft:MS", "--fleet", "h100", "--goodput", "ttft:-5")]
    [InlineData(2, "--goodput: tpot is there twice", "--fleet", "h100", "--goodput", "tpot:5", "tpot:6")]
    [InlineData(2, "--classes: expected realtime:PART", "--fleet", "h100", "--classes", "fast:0.1")]
    [InlineData(2, "--rate", "--fleet", "h100", "--rate", "-1")]
    [InlineData(1, "no such file: nowhere.csv", "--fleet", "h100", "--trace", "nowhere.csv")]
    [InlineData(1, "no such file: nowhere.jsonl", "--replay", "nowhere.jsonl")]
    [InlineData(1, "none of 3 requests fits", "--fleet", "1xh100", "--requests", "3", "--input", "4000000")]
    public void What_cannot_be_is_named(int code, string message, params string[] options)
    {
        string[] model = options.Contains("-m") ? ["simulate"] : Llama;
        CliRun.Of([.. model, .. options]).MustFail(code, message);
    }

    [Theory]
    [InlineData("arrival,input,output\n5,10,10\n4,10,10\n", "line 3: expected a time at or after the line before, found one 1 s earlier")]
    [InlineData("arrival,input,output\n-1,10,10\n", "line 2: expected a time, tokens in and tokens out, found '-1,10,10'")]
    [InlineData("arrival,input,output\nNaN,10,10\n", "line 2")]
    [InlineData("arrival,input,output,class\n1,10,10,soon\n", "line 2: expected a time, tokens in and tokens out, and what the columns behind name")]
    [InlineData("arrival,input,output,prefix,prefix_tokens\n1,10,10,7,11\n", "line 2")]
    [InlineData("arrival,input,output\n", "no requests")]
    public void A_broken_trace_is_named(string text, string message)
    {
        using TemporaryFolder folder = new();
        File.WriteAllText(folder.Path("t.csv"), text);
        CliRun.Of([.. Llama, "--fleet", "h100", "--trace", folder.Path("t.csv")]).MustFail(1, message);
    }

    [Fact]
    public void The_Azure_trace_is_served()
    {
        string trace = SharedData.Require("data", "traces", "AzureLLMInferenceTrace_conv.csv");
        JsonElement json = JsonDocument.Parse(CliRun.Answer([.. Llama, "--fleet", "2*h100", "--trace", trace, "--speed", "4", "--format", "json"])).RootElement;
        Assert.Equal((19366, 19366), (json.GetProperty("completed").GetInt32(), json.GetProperty("requests").GetInt32()));
    }

    [Fact]
    public async Task A_recorded_run_is_decided_again_and_sent_to_other_hardware()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("run.jsonl");
        RunRecorder recorder = new(File.Create(path));
        await using (Engine engine = new FakeDevice().Start(with: options => options with { Recorder = recorder }))
        {
            foreach (int first in new[] { 1, 2, 3 })
            {
                await foreach (TokenOutput _ in engine.Submit(new GenerationRequest { Prompt = [first, 4, 5, 6, 7], MaxTokens = 9, StopTokens = new HashSet<int>() }))
                {
                }
            }
        }

        recorder.Dispose();
        Assert.Matches(@"model fake: all [0-9]+ steps are decided again as the engine decided them\nmeasured: TTFT p50 ", CliRun.Answer("simulate", "--replay", path));
        JsonElement json = JsonDocument.Parse(CliRun.Answer([.. Llama, "--fleet", "h100", "--replay", path, "--format", "json"])).RootElement;
        Assert.Equal((3, 15, 27), (json.GetProperty("completed").GetInt32(), json.GetProperty("input_tokens").GetInt32(), json.GetProperty("output_tokens").GetInt32()));

        string[] lines = File.ReadAllLines(path);
        int step = Array.FindLastIndex(lines, line => line.StartsWith("{\"step\"", StringComparison.Ordinal));
        lines[step] = lines[step].Replace("\"slices\":[[2,", "\"slices\":[[1,", StringComparison.Ordinal);
        File.WriteAllLines(path, lines);
        CliRun.Of("simulate", "--replay", path).MustFail(1, $"and then not: line {step + 1}: step");
    }
}
