using System.Globalization;
using Millrace.Planning;
using Millrace.Planning.Costs;
using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Hardware;

namespace Millrace.Tests.Planning.Costs;

/// <summary>Rows of tables about SRAM machines, before measurements nearby correct them.</summary>
public class SramPointsTests
{
    static readonly ScenarioReader Reader = new(DeviceCatalogue.BuiltIn);

    [Theory]
    [InlineData("Groq LPU cloud", "Llama-3-8B", null, "2024-05", "tok/s per user", 600, 1200)]
    [InlineData("GroqChip v1 cluster", "Llama-2-70B", 576.0, "2024-02", "tok/s per user", 220, 330)]
    [InlineData("Cerebras CS-3 (WSE-3)", "Llama-3.1-70B", 4.0, "2024-08-27", "tok/s per user", 400, 550)]
    [InlineData("Cerebras CS-3 (WSE-3)", "Llama-3.1-70B", 4.0, "2025", "tok/s per user", 1800, 2500)]
    [InlineData("GroqChip v1 cluster", "Llama-2-70B", null, "2023-12", "ttft ms", 150, 300)]
    public void A_row_is_predicted_by_the_machine(string device, string model, double? count, string date, string metric, double low, double high)
    {
        Scenario scenario = Reader.Read(new PointRow { Device = device, Model = model, Count = count, Date = date, Metric = metric, Precision = "unstated", Batch = "1", Framework = "GroqCloud" });
        MeasuredQuantity quantity = scenario.Quantity(1);
        Assert.InRange(quantity.ToMetric(SramTimes.Of(scenario.Sram!, scenario.Load, 1, quantity.Kind)), low, high);
    }

    [Theory]
    [InlineData("Groq LPU cloud", 1)]
    [InlineData("Cerebras CS-3 (WSE-3)", 1)]
    public void Chips_that_hold_too_little_are_a_reason(string device, int count)
    {
        PointRow row = new() { Device = device, Model = "Llama-3.1-70B", Count = count, Metric = "tok/s per user", Precision = "fp16" };
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"do not fit {count} × "), Assert.Throws<PlanningException>(() => Reader.Read(row)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Users_fill_the_stages_before_they_share_one()
    {
        Scenario scenario = Reader.Read(new PointRow { Device = "Groq LPU cloud", Model = "Llama-3-70B", Metric = "tok/s per user", Precision = "int8", Batch = "5" });
        Assert.Equal(SramTimes.Of(scenario.Sram!, scenario.Load, 1, QuantityKind.Token), SramTimes.Of(scenario.Sram!, scenario.Load, scenario.Sram!.Stages, QuantityKind.Token));
        Assert.True(SramTimes.Of(scenario.Sram!, scenario.Load, 64 * scenario.Sram!.Stages, QuantityKind.Token) > SramTimes.Of(scenario.Sram!, scenario.Load, 1, QuantityKind.Token));
    }
}
