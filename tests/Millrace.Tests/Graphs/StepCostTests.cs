using Millrace.Architectures;
using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Graphs;
using Millrace.Tests.Conformance.Models;

namespace Millrace.Tests.Graphs;

public sealed class StepCostTests
{
    const int HeadRows = 16;

    public static TheoryData<string> Variants => [.. TinyModels.Names];

    [Theory]
    [MemberData(nameof(Variants))]
    public void Whole_numbers_are_what_the_ops_state(string variant)
    {
        using TinyModelFile tiny = new(variant, WeightType.Q4_0);
        using GgufFile file = GgufFile.Open(tiny.Path);
        Plan plan = Plan.Compile(Architecture.Build(file, context: 256));
        StepCost cost = StepCost.Of(plan, kvBytesPerNumber: 2, HeadRows);
        var random = new Random(1);
        for (int i = 0; i < 20; i++)
        {
            (int Position, int Count)[] slices = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => (random.Next(200), random.Next(1, 30)))];
            int rows = random.Next(1, HeadRows);
            OpCost expected = plan.Cost(new StepShape(slices, rows, 2));
            SliceCost[] parts = [.. slices.Select((slice, j) => cost.Slice(slice.Position, slice.Count, j == 0 ? rows : 0))];
            Assert.Equal(expected.WeightBytes, cost.BodyWeightBytes(slices.Sum(slice => slice.Count)) + cost.HeadWeightBytes(rows));
            Assert.Equal(expected.KvBytes, parts.Sum(part => part.KvBytesRead + part.KvBytesWritten));
            Assert.Equal(expected.Flops, parts.Sum(part => part.Flops));
        }
    }

    [Fact]
    public void Head_is_read_once_for_each_slice_of_its_rows()
    {
        StepCost cost = new([0, 1, 1], 100, HeadRows, 0, 0, 0, []);
        Assert.Equal([0, 100, 100, 200], new[] { 0, 1, 16, 17 }.Select(cost.HeadWeightBytes));
    }
}
