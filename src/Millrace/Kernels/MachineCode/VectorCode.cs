using System.Runtime.Intrinsics;
using Millrace.Kernels.Blocks;

// Groups are constants to code that is written: the method that asks for one unrolls.
#pragma warning disable CA1857

namespace Millrace.Kernels.MachineCode;

/// <summary>Emits the product of a panel, all its columns, and 1 to 4 tokens, by the operations and in the order of <see cref="ScalarBlockKernel{TFormat}"/>. Whatever is summed stays in registers, and a panel is one ascending stream, so that memory is the limit.</summary>
/// <remarks>How codes and scales come out of the panel is the format's own code, run once with registers that write themselves down (<see cref="WrittenLanes"/>).</remarks>
static unsafe class VectorCode<TFormat>
    where TFormat : struct, IBlockFormat
{
    /// <summary>Tokens whose sums leave room for the rest.</summary>
    public const int MaxTokens = 4;

    const int Line = 64;
    const int BlockColumns = 32;
    const int SpanBlocks = 8;

    // Vector registers, one a token each: results; sums over the even groups of 4 columns and over the odd ones, lest each product wait for the one before; sums times integer scales.
    const int Results = 0, Sums = MaxTokens, OddSums = 2 * MaxTokens, Gathered = 3 * MaxTokens;

    const Gpr Arguments = Gpr.Rdi, Codes = Gpr.Rsi, Scales = Gpr.Rdx, X = Gpr.Rcx, Stride = Gpr.R8, Stride3 = Gpr.R9;
    const Gpr Words = Gpr.R10, Factors = Gpr.R11, Totals = Gpr.Rax, Spans = Gpr.Rbx, Steps = Gpr.Rbp;

    static bool Gathers => TFormat.UnitPieces == 16;

    // Blocks of 32 columns in a turn of the inner loop: a unit, or one.
    static int Blocks => Gathers ? SpanBlocks : 1;

    // Sums in a block.
    static int BlockSums => 2 / TFormat.ScalePieces;

    // Integer minima come in pairs.
    static int Pairs => 8 / TFormat.ScalePieces;

    /// <summary>Writes a function of one argument, the address of <see cref="VectorArguments"/>, that returns nothing.</summary>
    /// <param name="code">Where to.</param>
    /// <param name="constants">Takes what constants the code needs. It is right once another call has found them all.</param>
    /// <param name="tokens">How many.</param>
    public static void Emit(Assembler code, LaneConstants constants, int tokens)
    {
        // Measured: memory's latency times its bandwidth, and a little more where there is more to compute.
        int ahead = tokens == 1 ? 7168 : 9216;
        LaneWriter writer = new(code, constants);
        LaneWriter.Current = writer;
        Enter(code, constants, tokens);
        int span = code.Position;
        code.Load(Scales, new Address(Arguments, VectorArguments.ScalesAt));
        code.LoadAddress(Scales, new Address(Codes, 0, Scales));
        code.Load(Steps, new Address(Arguments, VectorArguments.StepsAt));
        int scaleBytes = PanelLayout<TFormat>.SpanBytes - SpanBlocks * TFormat.CodeBytes;
        int loop = code.Position;
        for (int token = 0; Gathers && token < tokens; token++)
        {
            code.Clear(Gathered + token);
        }

        for (int block = 0; block < Blocks; block++)
        {
            Ask(code, Codes, ahead + block * TFormat.CodeBytes, TFormat.CodeBytes);
            for (int sum = 0; sum < BlockSums; sum++)
            {
                Sum(writer, tokens, block, sum);
                if (Gathers)
                {
                    Gather(writer, tokens, block * BlockSums + sum);
                }
                else
                {
                    Scale(writer, tokens, Sums, sum / TFormat.UnitPieces);
                }
            }
        }

        if (Gathers)
        {
            Scale(writer, tokens, Gathered, 0);
        }

        Advance(code);
        code.DecrementAndLoop(Steps, loop);
        Ask(code, Codes, ahead, scaleBytes);
        code.Add(Codes, scaleBytes);
        code.DecrementAndLoop(Spans, span);
        Leave(code, tokens);
        LaneWriter.Current = null;
    }

    static void Enter(Assembler code, LaneConstants constants, int tokens)
    {
        code.Push(Gpr.Rbx);
        code.Push(Gpr.Rbp);
        code.Load(Scales, new Address(Arguments, VectorArguments.ConstantsAt));
        for (int i = 0; i < constants.Values.Count; i++)
        {
            code.Broadcast128(LaneConstants.RegisterOf(i), new Address(Scales, i * 16));
        }

        code.Load(Scales, new Address(Arguments, VectorArguments.ResultsAt));
        for (int token = 0; token < tokens; token++)
        {
            code.Load(Results + token, new Address(Scales, token * Line));
        }

        code.Load(Codes, new Address(Arguments, VectorArguments.CodesAt));
        code.Load(X, new Address(Arguments, VectorArguments.XAt));
        code.Load(Stride, new Address(Arguments, VectorArguments.StrideAt));
        code.LoadAddress(Stride3, new Address(Stride, 0, Stride, 2));
        code.Load(Words, new Address(Arguments, VectorArguments.WordsAt));
        code.Load(Factors, new Address(Arguments, VectorArguments.FactorsAt));
        code.Load(Totals, new Address(Arguments, VectorArguments.TotalsAt));
        code.Load(Spans, new Address(Arguments, VectorArguments.SpansAt));
    }

    static void Advance(Assembler code)
    {
        code.Add(Codes, Blocks * TFormat.CodeBytes);
        code.Add(Scales, TFormat.ScaleBytes * Math.Max(1, 2 / TFormat.UnitPieces));
        code.Add(X, Blocks * BlockColumns);
        code.Add(Words, Blocks * BlockSums * sizeof(int));
        code.Add(Factors, sizeof(float));
        if (TFormat.HasMins)
        {
            code.Add(Totals, Gathers ? Pairs * sizeof(int) : sizeof(float));
        }
    }

    static void Leave(Assembler code, int tokens)
    {
        code.Load(Scales, new Address(Arguments, VectorArguments.ResultsAt));
        for (int token = 0; token < tokens; token++)
        {
            code.Store(new Address(Scales, token * Line), Results + token);
        }

        code.ZeroUpper();
        code.Pop(Gpr.Rbp);
        code.Pop(Gpr.Rbx);
        code.Return();
    }

    /// <summary>Asks for the lines of later bytes.</summary>
    static void Ask(Assembler code, Gpr from, int ahead, int bytes)
    {
        for (int line = 0; line < bytes; line += Line)
        {
            code.Prefetch(new Address(from, ahead + line));
        }
    }

    /// <summary>A sum of products of each token, from minus the offset times the sum of its numbers on.</summary>
    static void Sum(LaneWriter writer, int tokens, int block, int sum)
    {
        Assembler code = writer.Code;
        for (int token = 0; token < tokens; token++)
        {
            if (TFormat.Offset == 0)
            {
                code.Clear(Sums + token);
            }
            else
            {
                code.Broadcast32(Sums + token, Of(token, Words, (block * BlockSums + sum) * sizeof(int)));
                code.MultiplyPairs(Sums + token, Sums + token, writer.Constants[Vector128.Create((short)-TFormat.Offset).AsByte()].Number);
            }

            code.Clear(OddSums + token);
        }

        writer.Base = Codes;
        byte* codes = (byte*)(nint)(block * TFormat.CodeBytes);
        for (int piece = sum * TFormat.ScalePieces; piece < (sum + 1) * TFormat.ScalePieces; piece++)
        {
            Register shared = TFormat.Prepare<Register, WrittenLanes>(codes, piece, -1);
            int free = writer.Free;
            for (int group = 0; group < 4; group++)
            {
                Register unpacked = TFormat.Unpack<Register, WrittenLanes>(codes, piece, group, -1, shared);
                for (int token = 0; token < tokens; token++)
                {
                    code.AddProducts((group % 2 == 0 ? Sums : OddSums) + token, unpacked.Number, Of(token, X, block * BlockColumns + 16 * piece + 4 * group));
                }

                writer.Free = free;
            }

            writer.Free = LaneWriter.First;
        }

        for (int token = 0; token < tokens; token++)
        {
            code.AddInts(Sums + token, Sums + token, OddSums + token);
        }
    }

    /// <summary>Adds sums times their integer scales to what is gathered.</summary>
    static void Gather(LaneWriter writer, int tokens, int index)
    {
        writer.Base = Scales;
        Register scale = TFormat.SubScaleLanes<Register, WrittenLanes>(null, index, 0);
        for (int token = 0; token < tokens; token++)
        {
            writer.Code.MultiplyInts(Sums + token, Sums + token, scale.Number);
            writer.Code.AddInts(Gathered + token, Gathered + token, Sums + token);
        }

        writer.Free = LaneWriter.First;
    }

    /// <summary>Adds integers to the results: y = fma(sum · factor, scale, y), and then what the minima take away or add.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="tokens">How many.</param>
    /// <param name="sums">The registers of the integers.</param>
    /// <param name="unit">Which scales.</param>
    static void Scale(LaneWriter writer, int tokens, int sums, int unit)
    {
        Assembler code = writer.Code;
        writer.Base = Scales;
        byte* scales = (byte*)(nint)(unit * TFormat.ScaleBytes);
        Register scale = TFormat.ScaleLanes<Register, WrittenLanes>(scales, 0);
        for (int token = 0; token < tokens; token++)
        {
            code.ToFloats(sums + token, sums + token);
            code.Multiply(sums + token, sums + token, Of(token, Factors, 0));
            code.AddProduct(Results + token, sums + token, scale.Number);
        }

        if (TFormat.HasMins && Gathers)
        {
            SubMins(writer, tokens, scales);
        }
        else if (TFormat.HasMins)
        {
            Register min = TFormat.MinLanes<Register, WrittenLanes>(scales, 0);
            for (int token = 0; token < tokens; token++)
            {
                code.AddProduct(Results + token, min.Number, Of(token, Totals, 0));
            }
        }

        writer.Free = LaneWriter.First;
    }

    /// <summary>y = fma(−Σ minima · totals · factor, scale of minima, y).</summary>
    static void SubMins(LaneWriter writer, int tokens, byte* scales)
    {
        Assembler code = writer.Code;
        writer.Free = LaneWriter.First;
        for (int token = 0; token < tokens; token++)
        {
            code.Clear(Sums + token);
        }

        for (int pair = 0; pair < Pairs; pair++)
        {
            Register mins = TFormat.SubMinLanes<Register, WrittenLanes>(scales, pair, 0);
            for (int token = 0; token < tokens; token++)
            {
                code.Broadcast32(OddSums + token, Of(token, Totals, pair * sizeof(int)));
                code.MultiplyPairs(OddSums + token, OddSums + token, mins.Number);
                code.AddInts(Sums + token, Sums + token, OddSums + token);
            }

            writer.Free = LaneWriter.First;
        }

        Register min = TFormat.MinLanes<Register, WrittenLanes>(scales, 0);
        for (int token = 0; token < tokens; token++)
        {
            code.ToFloats(Sums + token, Sums + token);
            code.Multiply(Sums + token, Sums + token, Of(token, Factors, 0));
            code.SubtractProduct(Results + token, Sums + token, min.Number);
        }
    }

    // Tokens are a stride apart.
    static Address Of(int token, Gpr from, int at) => token switch
    {
        0 => new Address(from, at),
        3 => new Address(from, at, Stride3),
        int strides => new Address(from, at, Stride, strides),
    };
}
