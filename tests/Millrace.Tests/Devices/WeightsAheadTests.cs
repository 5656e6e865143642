using Millrace.Devices.Cpu;
using Millrace.Formats;
using Millrace.Graphs;
using Millrace.Kernels;
using Millrace.Tests.Kernels;

namespace Millrace.Tests.Devices;

public class WeightsAheadTests
{
    [Fact]
    public void Each_line_of_the_next_op_with_weights_is_asked_for_once()
    {
        byte[] memory = GC.AllocateArray<byte>(4096, pinned: true);
        nint at = Address(memory);
        CpuOp[] ops =
        [
            new Reads(null),
            new Reads([new(at, at + 512), new(at + 1024, at + 1024 + 640)]), // lines: 8, and 8 and 2
            new Reads(null),
            new Reads([]), // unknown
            new Reads([new(at, at + 512)]),
        ];
        WeightsAhead ahead = new(ops, 0, 1);
        Assert.Equal(3, Asks(ahead, 0));
        Assert.Equal(0, Asks(ahead, 1)); // another wait for the same op
        Assert.Equal(0, Asks(ahead, 2));
        Assert.Equal(0, Asks(ahead, 3));
        Assert.Equal(1, Asks(ahead, 4));
        Assert.Equal(0, Asks(ahead, 5)); // the end
        ahead.Reset();
        Assert.Equal(1, Asks(ahead, 4));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public unsafe void Weights_read_first_are_those_of_the_own_share_in_the_order_in_which_they_are_read(bool gated)
    {
        const int Rows = 6 * 64 + 16, Columns = 512;
        using WeightMatrix first = Matrix(1), second = Matrix(2);
        using ActivationBuffer input = ActivationBuffer.Create(first.Activation, 1, Columns);
        Value x = new(0, "x", Columns, RowDomain.Tokens, first.Activation), y = new(1, "y", Rows, RowDomain.Tokens);
        MatMulOp op = new("product", x, [Part(y), Part(y)], gated ? GateKind.Silu : null, Output: gated ? y : null);
        MatMulRun run = new(op, input, [new(first, 0, 0, default), new(second, 0, 0, default)], default, default);

        nint slab = Length(first.Memory(0, 64)), panels = Length(first.Memory(0, Rows));
        Assert.Equal(first.Bytes, panels);
        List<nint> begins = [];
        foreach (int thread in (int[])[0, 1])
        {
            MemoryRange[] ranges = run.FirstWeights(thread, 2, long.MaxValue);
            begins.AddRange(ranges.Select(static range => range.Begin));
            Assert.All(ranges, range => Assert.True(Within(range, first) || Within(range, second)));
        }

        // Two matrices one after the other, or slab by slab in turns.
        Assert.Equal(gated
            ? Enumerable.Range(0, 7).SelectMany(i => new[] { Begin(first) + i * slab, Begin(second) + i * slab })
            : Enumerable.Range(0, 7).Select(i => Begin(first) + i * slab).Concat(Enumerable.Range(0, 7).Select(i => Begin(second) + i * slab)), begins);
        Assert.Equal(2 * panels, run.FirstWeights(0, 1, long.MaxValue).Sum(Bytes));
        Assert.Equal(slab + 100, run.FirstWeights(1, 2, slab + 100).Sum(Bytes));

        static WeightMatrix Matrix(ulong seed) => WeightMatrix.Load(WeightType.Q4_0, Rows, Columns, Products.Rows(WeightType.Q4_0, Rows, Columns, seed));
        static MatMulPart Part(Value y) => new(new WeightRef("w", WeightType.Q4_0, 0, Rows, Columns), null, y);
        static nint Begin(WeightMatrix matrix) => matrix.Memory(0, 16).Begin;
        static nint Length((nint Begin, nint End) memory) => memory.End - memory.Begin;
        static long Bytes(MemoryRange range) => range.End - range.Begin;
        static bool Within(MemoryRange range, WeightMatrix matrix) => range.Begin >= Begin(matrix) && range.Begin < range.End && range.End <= matrix.Memory(0, Rows).End;
    }

    static unsafe nint Address(byte[] pinned)
    {
        fixed (byte* at = pinned)
        {
            return (nint)at;
        }
    }

    static int Asks(WeightsAhead ahead, int from)
    {
        int count = 0;
        while (ahead.Ask(from))
        {
            count++;
        }

        return System.Runtime.Intrinsics.X86.Sse.IsSupported ? count : throw Xunit.Sdk.SkipException.ForSkip("no instruction asks for memory here");
    }

    sealed class Reads(MemoryRange[]? first) : CpuOp
    {
        public override MemoryRange[]? FirstWeights(int thread, int threads, long bytes) => first;

        public override void Run(CpuStep step, int thread)
        {
        }
    }
}
