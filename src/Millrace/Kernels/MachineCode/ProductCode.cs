using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Millrace.Kernels.Blocks;

// Groups are constants to code that is written: the method that asks for one unrolls.
#pragma warning disable CA1857

namespace Millrace.Kernels.MachineCode;

/// <summary>Emits the product of one or two panels, all their columns, and up to 8 tokens, by the operations and in the order of <see cref="ScalarBlockKernel{TFormat}"/>. In one panel whatever is summed stays in registers; two have twice the sums, so that the results are in memory.</summary>
/// <remarks>How codes and scales come out of a panel is the format's own code, run once with registers that write themselves down (<see cref="WrittenLanes"/>).</remarks>
sealed unsafe partial class ProductCode<TFormat>
    where TFormat : struct, IBlockFormat
{
    const int Line = 64;
    const int BlockColumns = 32;
    const int SpanBlocks = 8;

    // With few tokens, those of even groups of 4 columns and of odd ones are summed apart, lest each product wait for the one before.
    const int FewTokens = 4;

    // Vector registers of one panel: what stays from block to block (the results, or where scales are integers, sums times these), the sums of odd groups, sums. Of two panels: sums.
    const int OddSums = FewTokens, Sums = ProductShape.MostTokens;

    const Gpr Arguments = Gpr.Rdi, Codes = Gpr.Rsi, Scales = Gpr.Rdx, X = Gpr.Rcx;
    const Gpr Stride = Gpr.R8, Stride3 = Gpr.R9, Stride5 = Gpr.R12, Stride7 = Gpr.R13, Panel = Gpr.R14;
    const Gpr Words = Gpr.R10, Factors = Gpr.R11, Totals = Gpr.Rax, Spans = Gpr.Rbx, Steps = Gpr.Rbp, Results = Gpr.R15;

    static readonly Gpr[] Saved = [Gpr.Rbx, Gpr.Rbp, Gpr.R12, Gpr.R13, Gpr.R14, Gpr.R15];

    readonly Assembler _code;
    readonly LaneWriter _writer;
    readonly ProductShape _shape;

    ProductCode(Assembler code, LaneConstants constants, ProductShape shape)
    {
        _code = code;
        _writer = new LaneWriter(code, constants);
        _shape = shape;
    }

    /// <summary>Whether there is code for two panels. Where scales are integers, sums times these would have to be in memory too, which takes more than sharing gains.</summary>
    public static bool HasPairs => !Gathers;

    static bool Gathers => TFormat.UnitPieces == 16;

    // Blocks of 32 columns in a turn of the inner loop: a unit, or one.
    static int Blocks => Gathers ? SpanBlocks : 1;

    // Sums in a block.
    static int BlockSums => 2 / TFormat.ScalePieces;

    // Integer minima come in pairs.
    static int Pairs => 8 / TFormat.ScalePieces;

    bool IsPair => _shape.Panels == 2;

    bool HasOddSums => !IsPair && _shape.Tokens <= FewTokens;

    // Measured: memory's latency times its bandwidth, and a little more where there is more to compute.
    int Ahead => _shape.Tokens == 1 ? 7168 : 9216;

    /// <summary>Writes a function of one argument, the address of <see cref="ProductArguments"/>, that returns nothing.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="constants">Takes what constants the code needs. It is right once another call has found them all.</param>
    /// <param name="shape">What for.</param>
    public static void Emit(Assembler code, LaneConstants constants, ProductShape shape)
    {
        ProductCode<TFormat> function = new(code, constants, shape);
        LaneWriter.Current = function._writer;
        function.Enter(constants);
        function.EachSpan();
        function.Leave();
        LaneWriter.Current = null;
    }

    void EachSpan()
    {
        int span = _code.Position;
        _code.Load(Scales, new Address(Arguments, ProductArguments.ScalesAt));
        _code.LoadAddress(Scales, new Address(Codes, 0, Scales));
        _code.Load(Steps, new Address(Arguments, ProductArguments.StepsAt));
        int scaleBytes = PanelLayout<TFormat>.SpanBytes - SpanBlocks * TFormat.CodeBytes;
        int loop = _code.Position;
        for (int token = 0; Gathers && token < _shape.Tokens; token++)
        {
            _code.Clear(token);
        }

        for (int block = 0; block < Blocks; block++)
        {
            Ask(block * TFormat.CodeBytes, TFormat.CodeBytes);
            for (int sum = 0; sum < BlockSums; sum++)
            {
                Sum(block, sum);
                if (Gathers)
                {
                    Gather(block * BlockSums + sum);
                }
                else
                {
                    Scale(sum / TFormat.UnitPieces);
                }
            }
        }

        if (Gathers)
        {
            ScaleGathered();
        }

        Advance();
        _code.DecrementAndLoop(Steps, loop);
        Ask(0, scaleBytes);
        _code.Add(Codes, scaleBytes);
        _code.DecrementAndLoop(Spans, span);
    }

    void Enter(LaneConstants constants)
    {
        foreach (Gpr register in Saved)
        {
            _code.Push(register);
        }

        _code.Load(Scales, new Address(Arguments, ProductArguments.ConstantsAt));
        for (int i = 0; i < constants.Values.Count; i++)
        {
            _code.Broadcast128(LaneConstants.RegisterOf(i), new Address(Scales, i * 16));
        }

        if (!Gathers && !IsPair)
        {
            EachToken((token, _) => _code.Load(token, new Address(Results)));
        }

        _code.Load(Codes, new Address(Arguments, ProductArguments.CodesAt));
        _code.Load(Panel, new Address(Arguments, ProductArguments.PanelAt));
        _code.Load(X, new Address(Arguments, ProductArguments.XAt));
        _code.Load(Stride, new Address(Arguments, ProductArguments.StrideAt));
        _code.LoadAddress(Stride3, new Address(Stride, 0, Stride, 2));
        _code.LoadAddress(Stride5, new Address(Stride, 0, Stride, 4));
        _code.LoadAddress(Stride7, new Address(Stride3, 0, Stride, 4));
        _code.Load(Words, new Address(Arguments, ProductArguments.WordsAt));
        _code.Load(Factors, new Address(Arguments, ProductArguments.FactorsAt));
        _code.Load(Totals, new Address(Arguments, ProductArguments.TotalsAt));
        _code.Load(Spans, new Address(Arguments, ProductArguments.SpansAt));
    }

    void Advance()
    {
        _code.Add(Codes, Blocks * TFormat.CodeBytes);
        _code.Add(Scales, TFormat.ScaleBytes * Math.Max(1, 2 / TFormat.UnitPieces));
        _code.Add(X, Blocks * BlockColumns);
        _code.Add(Words, Blocks * BlockSums * sizeof(int));
        _code.Add(Factors, sizeof(float));
        if (TFormat.HasMins)
        {
            _code.Add(Totals, Gathers ? Pairs * sizeof(int) : sizeof(float));
        }
    }

    void Leave()
    {
        if (!Gathers && !IsPair)
        {
            EachToken((token, _) => _code.Store(new Address(Results), token));
        }

        _code.ZeroUpper();
        for (int i = Saved.Length - 1; i >= 0; i--)
        {
            _code.Pop(Saved[i]);
        }

        _code.Return();
    }

    /// <summary>Does something for each token and panel, with <see cref="Results"/> pointing to the token's results.</summary>
    void EachToken(Action<int, int> use)
    {
        _code.Load(Results, new Address(Arguments, ProductArguments.ResultsAt));
        for (int token = 0; token < _shape.Tokens; token++)
        {
            for (int panel = 0; panel < _shape.Panels; panel++)
            {
                use(token, panel);
            }

            if (token + 1 < _shape.Tokens)
            {
                _code.Add(Results, new Address(Arguments, ProductArguments.ResultStrideAt));
            }
        }
    }

    /// <summary>Asks for the lines of later bytes.</summary>
    void Ask(int at, int bytes)
    {
        for (int line = 0; _shape.Asks && line < bytes; line += Line)
        {
            _code.Prefetch(new Address(Codes, Ahead + at + line));
        }
    }

    /// <summary>A sum of products of each token, from minus the offset times the sum of its numbers on.</summary>
    void Sum(int block, int sum)
    {
        for (int token = 0; token < _shape.Tokens; token++)
        {
            Start(token, (block * BlockSums + sum) * sizeof(int));
        }

        byte* codes = (byte*)(nint)(block * TFormat.CodeBytes);
        for (int piece = sum * TFormat.ScalePieces; piece < (sum + 1) * TFormat.ScalePieces; piece++)
        {
            Registers shared = default;
            for (int panel = 0; panel < _shape.Panels; panel++)
            {
                From(Codes, panel);
                shared[panel] = TFormat.Prepare<Register, WrittenLanes>(codes, piece, -1);
                _writer.Keep();
            }

            int free = _writer.Free;
            for (int group = 0; group < 4; group++)
            {
                Products(codes, piece, group, shared, block * BlockColumns + 16 * piece + 4 * group);
                // Two groups come out of one line, which is loaded once where registers are left.
                _writer.Free = group % 2 == 0 && !IsPair ? _writer.Free : free;
            }

            _writer.Free = LaneWriter.First;
        }

        for (int token = 0; HasOddSums && token < _shape.Tokens; token++)
        {
            _code.AddInts(SumOf(token), SumOf(token), OddSums + token);
        }
    }

    void Start(int token, int at)
    {
        int sum = SumOf(token);
        if (TFormat.Offset == 0)
        {
            _code.Clear(sum);
        }
        else
        {
            _code.Broadcast32(sum, Of(token, Words, at));
            _code.MultiplyPairs(sum, sum, _writer.Constants[Vector128.Create((short)-TFormat.Offset).AsByte()].Number);
        }

        if (IsPair)
        {
            _code.Move(SumOf(token, 1), sum);
        }
        else if (HasOddSums)
        {
            _code.Clear(OddSums + token);
        }
    }

    /// <summary>Adds the products of a group of 4 columns.</summary>
    void Products(byte* codes, int piece, int group, Registers shared, int column)
    {
        Registers unpacked = default;
        for (int panel = 0; panel < _shape.Panels; panel++)
        {
            From(Codes, panel);
            unpacked[panel] = TFormat.Unpack<Register, WrittenLanes>(codes, piece, group, -1, shared[panel]);
        }

        int number = IsPair ? _writer.Take() : 0;
        for (int token = 0; token < _shape.Tokens; token++)
        {
            if (IsPair)
            {
                _code.Broadcast32(number, Of(token, X, column));
                _code.AddProducts(SumOf(token), unpacked[0].Number, number);
                _code.AddProducts(SumOf(token, 1), unpacked[1].Number, number);
            }
            else
            {
                _code.AddProducts(HasOddSums && group % 2 == 1 ? OddSums + token : SumOf(token), unpacked[0].Number, Of(token, X, column));
            }
        }
    }

    int SumOf(int token, int panel = 0) => IsPair ? 2 * token + panel : Sums + token;

    static Address ResultOf(int panel) => new(Results, panel * Line);

    /// <summary>What is written next reads from a panel.</summary>
    void From(Gpr begin, int panel)
    {
        _writer.Base = begin;
        _writer.Index = panel == 0 ? null : Panel;
    }

    // Tokens are a stride apart.
    static Address Of(int token, Gpr from, int at) => token switch
    {
        0 => new Address(from, at),
        3 or 6 => new Address(from, at, Stride3, token / 3),
        5 => new Address(from, at, Stride5),
        7 => new Address(from, at, Stride7),
        int strides => new Address(from, at, Stride, strides),
    };

    /// <summary>A register of each panel.</summary>
    [InlineArray(2)]
    struct Registers
    {
        Register _first;
    }
}
