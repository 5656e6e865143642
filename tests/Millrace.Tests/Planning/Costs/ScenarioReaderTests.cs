using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;

namespace Millrace.Tests.Planning.Costs;

public class ScenarioReaderTests
{
    static readonly PointRow Row = new() { Model = "Llama-3.1-70B", Precision = "fp8", Device = "h100_sxm", Count = 8, Parallelism = "TP4", Framework = "vllm 0.12.0", Batch = "64", Input = 1024, Output = 1024, Metric = "tpot ms" };

    [Theory]
    [InlineData("TP4", 8.0, "h100_sxm", 4, 1, 2)]
    [InlineData("TP64 EP8", 64.0, "h200_sxm", 8, 1, 1)] // the same chips do both
    [InlineData("TP4 EP2", 4.0, "h200_sxm", 2, 1, 1)]
    [InlineData("TP8 EP8", 8.0, "h200_sxm", 8, 1, 1)]
    [InlineData("TP24 (NeuronCores)", 12.0, "Inferentia2", 12, 1, 1)] // two cores a chip
    [InlineData("TP8 x DP3", 24.0, "Inferentia2", 8, 1, 3)]
    [InlineData("layer split (sequential)", 4.0, "A100 PCIe 80GB", 1, 4, 1)]
    [InlineData("", null, "DGX-H100_H100-SXM-80GBx8_TRT", 2, 1, 4)] // the fewest that hold it, and replicas
    [InlineData("TP2", null, "H100", 2, 1, 1)]
    [InlineData(null, 576.0, "GroqChip v1 cluster", 8, 44, 1)] // as their SRAM holds it
    public void Chips_are_divided_as_rows_say(string? parallelism, double? count, string device, int tensor, int pipeline, int replicas)
    {
        Scenario scenario = Read(Row with { Parallelism = parallelism, Count = count, Device = device });
        Assert.Equal((tensor, pipeline, replicas), (scenario.Deployment.Parallel.Tensor, scenario.Deployment.Parallel.Pipeline, scenario.Replicas));
    }

    [Theory]
    [InlineData("trtllm 1.0.0rc3", "trtllm")]
    [InlineData("TensorRT-LLM + ModelOpt", "trtllm")]
    [InlineData("vLLM (2023-24, Splitwise ISCA24 characterisation)", "vllm-2023")]
    [InlineData("vLLM + optimum-neuron (guidellm)", "neuron")]
    [InlineData("MLPerf Inference v5.1 Offline (power)", "mlperf")]
    [InlineData("ik_llama.cpp", "ik_llama.cpp")]
    [InlineData("Qualcomm Genie/QNN", "qnn")]
    [InlineData(null, "")]
    public void Engines_are_known_by_all_spellings(string? framework, string engine) => Assert.Equal(engine, EngineName.Of(framework));

    [Theory]
    [InlineData("tpot ms", 20, 0.020)]
    [InlineData("tok/s per user", 50, 0.020)]
    [InlineData("ttft p99 ms", 500, 0.5)]
    [InlineData("e2e latency s", 3, 3)]
    [InlineData("tok/s output total", 3200, 64 * 921.6 / 3200)] // a request of 921.6 tokens on average, 64 at once
    public void Numbers_become_times_and_back(string metric, double number, double seconds)
    {
        MeasuredQuantity quantity = Read(Row with { Metric = metric, Count = 4, Output = metric.StartsWith("tok/s o", StringComparison.Ordinal) ? 1024 : 512 }).Quantity(64);
        Assert.Equal(seconds, quantity.ToBase(number), seconds * 1e-9);
        Assert.Equal(number, quantity.ToMetric(quantity.ToBase(number)), number * 1e-9);
    }

    [Fact]
    public void Numbers_per_chip_are_of_all_chips() =>
        Assert.Equal(Read(Row with { Metric = "tok/s output total", Count = 4 }).Quantity(64).ToBase(800), Read(Row with { Metric = "tok/s output per GPU", Count = 4 }).Quantity(64).ToBase(200), 1e-9);

    [Theory]
    [InlineData("device", "toaster")]
    [InlineData("model", "nobody's")]
    [InlineData("metric", "smell")]
    [InlineData("metric", "usd per 1M output (API price)")]
    [InlineData("input_len", "-5")]
    [InlineData("count", "1e300")]
    [InlineData("count", "0")]
    public void What_cannot_be_predicted_is_named(string field, string value)
    {
        PointRow row = field switch
        {
            "device" => Row with { Device = value },
            "model" => Row with { Model = value },
            "metric" => Row with { Metric = value },
            "count" => Row with { Count = double.Parse(value, System.Globalization.CultureInfo.InvariantCulture) },
            _ => Row with { Input = double.Parse(value, System.Globalization.CultureInfo.InvariantCulture) },
        };
        Assert.Contains(field, Assert.Throws<PlanningException>(() => Read(row).Quantity(1)).Message, StringComparison.Ordinal);
    }

    static Scenario Read(PointRow row) => new ScenarioReader(DeviceCatalogue.BuiltIn).Read(row);
}
