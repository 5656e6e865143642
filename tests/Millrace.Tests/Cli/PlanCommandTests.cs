using System.Text.Json;
using System.Text.RegularExpressions;

namespace Millrace.Tests.Cli;

public class PlanCommandTests
{
    static readonly string[] Llama = ["plan", "-m", "llama-3-70b", "--precision", "fp8", "--kv", "fp8"];

    [Fact]
    public void First_line_says_latency_and_price()
    {
        string answer = CliRun.Answer([.. Llama, "--device", "h100", "--count", "4"]);
        Assert.Matches(@"^[0-9.]+ ms per token, \$[0-9.]+ per million output tokens \(\$[0-9.]+ input\), [0-9,]+ users at once: llama-3-70b fp8 \(KV fp8\) on 4 × H100 SXM 80GB \((2 × )?TP[24](×PP2)?\)\n", answer);
        foreach (string figure in new[] { "per token", "$ per 1M output tokens", "$ per 1M input tokens", "first token, alone", "first token under load", "tokens/s per user", "tokens/s in all", "users at once", "$ per hour", "power", "J per output token", "bound", "memory of a replica", "error" })
        {
            Assert.Matches($"\n *{Regex.Escape(figure)} +[^ ]", answer);
        }
    }

    [Fact]
    public void Json_has_all_documented_fields_and_reasons_for_nulls()
    {
        JsonElement plan = Json([.. Llama, "--device", "h100,apple-m1", "--format", "json"])[0];
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "planning.md"));
        foreach (JsonProperty field in plan.EnumerateObject())
        {
            string name = Regex.Replace(field.Name, "_(low|high)$", "");
            Assert.Contains($"`{(name.StartsWith("share_", StringComparison.Ordinal) ? "share_*" : name)}`", page, StringComparison.Ordinal);
            Assert.Equal(field.Value.ValueKind == JsonValueKind.Null, plan.GetProperty("unknown").TryGetProperty(field.Name, out _));
        }

        Assert.True(plan.GetProperty("tpot_s_low").GetDouble() <= plan.GetProperty("tpot_s").GetDouble());
        Assert.Equal(1024, plan.GetProperty("input_tokens").GetInt32());
        Assert.Equal(plan.GetProperty("chips").GetInt32(), plan.GetProperty("replicas").GetInt32() * plan.GetProperty("tensor_parallel").GetInt32() * plan.GetProperty("pipeline_parallel").GetInt32());
    }

    [Fact]
    public void A_draft_is_priced_beside_what_there_is_without_it()
    {
        string answer = CliRun.Answer([.. Llama, "--device", "8xh100", "--batch", "1", "--draft", "llama-3.2-1b", "--draft-tokens", "3", "--acceptance", "0.8"]);
        Assert.Contains("drafted by llama-3.2-1b, on 8 × H100", answer, StringComparison.Ordinal);
        Assert.Matches(@"\n *drafted +3\.0 tokens a round +3 by llama-3\.2-1b fp8, 80 % kept: 70 % would give [0-9.]+ ms per token, 90 % [0-9.]+ ms", answer);
        Assert.Matches(@"\n *without the draft +[0-9.]+ ms +[0-9]+\.[0-9]+ × as long; it pays from [0-9]+ % kept on", answer);
        CliRun wrong = CliRun.Of([.. Llama, "--device", "h100", "--acceptance", "0.8"]);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains("name one with --draft", wrong.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Sequences_beyond_what_the_model_was_made_for_are_noted()
    {
        Assert.DoesNotContain("made for", CliRun.Answer([.. Llama, "--device", "4xh100", "--input", "7900", "--output", "292"]), StringComparison.Ordinal);
        Assert.Contains("made for 8,192 tokens", CliRun.Answer([.. Llama, "--device", "4xh100", "--input", "7900", "--output", "293"]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_device_that_holds_nothing_has_the_same_fields()
    {
        JsonElement[] plans = Json([.. Llama, "--device", "h100,apple-m1", "--format", "json"]);
        Assert.Equal(plans[0].EnumerateObject().Select(field => field.Name), plans[1].EnumerateObject().Select(field => field.Name));
        Assert.Equal("apple-m1", plans[1].GetProperty("device").GetString());
        Assert.False(plans[1].GetProperty("fits").GetBoolean());
        Assert.Contains("missing", plans[1].GetProperty("reason").GetString(), StringComparison.Ordinal);
        Assert.True(plans[1].GetProperty("missing_bytes").GetDouble() > 60e9);
        Assert.Equal(JsonValueKind.Null, plans[1].GetProperty("tpot_s").ValueKind);
    }

    [Fact]
    public void Csv_has_the_fields_of_the_json()
    {
        string[] lines = CliRun.Answer([.. Llama, "--device", "h100", "--format", "csv"]).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] names = [.. Json([.. Llama, "--device", "h100", "--format", "json"])[0].EnumerateObject().Select(field => field.Name)];
        Assert.Equal(2, lines.Length);
        Assert.Equal(names, lines[0].Split(','));
        Assert.Equal(names.Length, Regex.Count(lines[1], "(?:^|,)(?:\"(?:[^\"]|\"\")*\"|[^,\"]*)"));
        Assert.StartsWith("llama-3-70b,", lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_stand_side_by_side()
    {
        string answer = CliRun.Answer([.. Llama, "--compare", "h100, b200"]);
        Assert.Matches("^best: .*\n +([0-9]+ × b200 +[0-9]+ × h100|[0-9]+ × h100 +[0-9]+ × b200)\n", answer);
        Assert.Matches(@"\n *per token +[0-9.]+ ms \([0-9.]+ ms to [0-9.]+ ms\) +[0-9.]+ ms \(", answer);
    }

    [Fact]
    public void Chips_can_be_stated_with_the_device()
    {
        JsonElement[] plans = Json([.. Llama, "--compare", "8xh100,4xh100,b200", "--count", "2", "--format", "json"]);
        Assert.Equal([("b200", 2), ("h100", 4), ("h100", 8)], plans.Select(plan => (plan.GetProperty("device").GetString()!, plan.GetProperty("chips").GetInt32())).Order());
    }

    [Fact]
    public void All_devices_are_sorted_by_price_and_those_without_a_plan_say_why()
    {
        JsonElement[] plans = Json([.. Llama, "--any", "--format", "json"]);
        Assert.True(plans.Length >= 28);
        double[] prices = [.. plans.Where(plan => plan.GetProperty("meets_target").GetBoolean() && plan.GetProperty("usd_per_hour").ValueKind == JsonValueKind.Number).Select(plan => plan.GetProperty("usd_per_million_output").GetDouble())];
        Assert.True(prices.Length >= 5);
        Assert.Equal(prices.Order(), prices);
        Assert.All(plans.Where(plan => !plan.GetProperty("fits").GetBoolean()), plan => Assert.NotEmpty(plan.GetProperty("reason").GetString()!));
    }

    [Fact]
    public void Figures_are_replaced_to_see_what_would_be()
    {
        double Tpot(params string[] more) => Json([.. Llama, "--device", "h100", "--count", "8", "--batch", "1", "--format", "json", .. more])[0].GetProperty("tpot_s").GetDouble();
        Assert.True(Tpot("--set", "hbm.bandwidth=6e12") < Tpot());
        JsonElement dear = Json([.. Llama, "--device", "h100", "--price", "$10/h", "--format", "json"])[0];
        Assert.Equal(10, dear.GetProperty("usd_per_chip_hour").GetDouble());
    }

    [Fact]
    public void Shipped_model_is_planned_where_none_is_named() =>
        Assert.Matches("per token, .* on 1 × H100", CliRun.Answer("plan", "--device", "h100", "--count", "1", "--batch", "1"));

    [Fact]
    public void Schedule_of_an_lpu_is_printed_chip_by_chip_and_always_the_same()
    {
        string[] command = ["plan", "-m", "llama-3-8b", "--precision", "int8", "--device", "groq-lpu", "--batch", "1", "--schedule", "8"];
        string answer = CliRun.Answer(command);
        Assert.Matches(@"\na token at depth 1,152: [0-9,]+ cycles, [0-9.]+ (ms|µs), the same every time\n", answer);
        Assert.Matches(@"\n +[0-9]+ +[0-9]+ to [0-9]+ +blk\.[0-9]+ +\S+ +MXM +multiply +[0-9]+ +[0-9]+\n", answer);
        Assert.Equal(answer, CliRun.Answer(command));
    }

    [Fact]
    public void Chips_of_an_lpu_that_were_asked_for_serve_as_many_as_they_can()
    {
        JsonElement plan = Json([.. Llama, "--device", "groq-lpu", "--count", "576", "--format", "json"])[0];
        Assert.InRange(plan.GetProperty("chips").GetInt32(), 560, 576);
        Assert.True(plan.GetProperty("users").GetInt32() > 50);
    }

    [Fact]
    public void Wafers_say_which_layers_they_hold() =>
        Assert.Matches(@"\n +0 +embedding +blk\.[0-9]+ +[0-9.]+ GB", CliRun.Answer([.. Llama, "--device", "wse-3", "--schedule"]));

    [Fact]
    public void A_configuration_alone_is_enough()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("config.json");
        File.WriteAllText(path, """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","hidden_size":4096,"intermediate_size":14336,"num_hidden_layers":32,"num_attention_heads":32,
             "num_key_value_heads":8,"vocab_size":128256,"max_position_embeddings":8192,"rope_theta":500000.0,"rms_norm_eps":1e-5,"torch_dtype":"bfloat16","tie_word_embeddings":false}
            """);
        foreach (string model in new[] { path, Path.GetDirectoryName(path)! })
        {
            JsonElement plan = Json(["plan", "-m", model, "--device", "h100", "--batch", "1", "--format", "json"])[0];
            Assert.Equal(8.03e9, plan.GetProperty("parameters").GetDouble(), 0.01e9);
            Assert.Equal("bf16", plan.GetProperty("weights").GetString());
        }
    }

    [Fact]
    public void Report_is_one_file_with_plots()
    {
        using TemporaryFolder folder = new();
        string path = folder.Path("plan.html");
        CliRun.Answer([.. Llama, "--device", "h100", "--html", path]);
        string html = File.ReadAllText(path);
        Assert.Equal(4, Regex.Count(html, "<svg "));
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("name a device with --device")]
    [InlineData("--schedule is of one device that is scheduled before it runs", "--device", "h100", "--schedule")]
    [InlineData("--schedule: expected the number of a chip, found 'all'", "--device", "groq-lpu", "--schedule", "all")]
    [InlineData("--any takes all devices", "--any", "--device", "h100")]
    [InlineData("--target: expected a time of a token such as 50ms/token or 20tok/s, found '50'", "--device", "h100", "--target", "50")]
    [InlineData("--budget: expected dollars above 0 such as 1.20, found '-1'", "--device", "h100", "--budget=-1")]
    [InlineData("--price: expected dollars above 0", "--device", "h100", "--price", "free")]
    [InlineData("--precision: expected a type such as bf16", "--device", "h100", "--precision", "fp9")]
    [InlineData("--kv: expected one of fp32, fp16", "--device", "h100", "--kv", "7")]
    [InlineData("--count: expected a whole number from 1 to 100000, found '0'", "--device", "h100", "--count", "0")]
    [InlineData("--input: expected a whole number", "--device", "h100", "--input", "0")]
    [InlineData("--device: expected a device such as", "--device", "warp-core")]
    [InlineData("--compare: expected a device such as", "--device", "h100", "--compare", "h200,warp-core")]
    [InlineData("--set: hbm.bandwidth: expected a finite number above 0", "--device", "h100", "--set", "hbm.bandwidth=0")]
    [InlineData("--set: hbm.capacity: expected a finite number above 0", "--device", "h100", "--set", "hbm.capacity=-80e9")]
    [InlineData("--set: hbm.capacity: expected a finite number above 0", "--device", "h100", "--set", "hbm.capacity=NaN")]
    [InlineData("--set: l7: expected a memory of h100", "--device", "h100", "--set", "l7.bandwidth=1TB/s")]
    public void Wrong_use_is_exit_code_2(string message, params string[] args) => CliRun.Of(["plan", .. args]).MustFail(2, message);

    [Theory]
    [InlineData("no plan: does not fit 1 × L40S: weights 7", "--device", "l40s", "--count", "1")]
    [InlineData("; 2 would hold it", "--device", "l40s", "--count", "1")]
    [InlineData("8 × H100 SXM 80GB cannot be divided into replicas of 3 (TP3)", "--device", "h100", "--count", "8", "--tp", "3")]
    [InlineData("TP3 neither divides the model's 8 KV heads", "--device", "h100", "--count", "3", "--tp", "3")]
    [InlineData("do not fit 100 × groq-lpu of 230 MB; 3", "--device", "groq-lpu", "--count", "100")]
    [InlineData("do not fit 1 × wse-3 of 44 GB; 2 would hold them", "--device", "wse-3", "--count", "1")]
    [InlineData("give both, or none", "--device", "groq-lpu", "--tp", "8")]
    [InlineData("a batch of 100000 is beyond the", "--device", "h100", "--count", "8", "--batch", "100000")]
    public void What_cannot_be_planned_is_one_line_and_exit_code_1(string message, params string[] args) => CliRun.Of([.. Llama, .. args]).MustFail(1, message);

    [Fact]
    public void Unknown_model_is_named_with_those_near() => CliRun.Of("plan", "-m", "lama-3-70", "--device", "h100").MustFail(1, "llama-3");

    [Fact]
    public void A_target_that_was_named_and_is_missed_is_exit_code_1_beside_the_nearest_plan()
    {
        CliRun run = CliRun.Of([.. Llama, "--device", "h100", "--target", "0.1ms/token"]);
        Assert.Equal(1, run.ExitCode);
        Assert.Matches(@"^[0-9.]+ ms per token", run.Out);
        Assert.Matches(@"the target is out of reach: H100 SXM 80GB misses 100 µs/token: [0-9.]+ ms at batch 1", run.Error);
    }

    static JsonElement[] Json(string[] args) => [.. JsonDocument.Parse(CliRun.Answer(args)).RootElement.GetProperty("plans").EnumerateArray()];
}
