namespace Millrace.Kernels.MachineCode;

/// <summary>What a body of code is made for.</summary>
/// <param name="Bits">Bits of a code in the first plane: 2, 4 or 8.</param>
/// <param name="HighBits">Bits of a code in a second plane, above those of the first: 0, 1 or 2.</param>
/// <param name="HasTable">Whether codes of 4 bits are indices into a table of bytes.</param>
/// <param name="Columns">Columns of a sum: 16 or 32.</param>
/// <param name="Gathers">Whether sums are multiplied with integers and added up over 256 columns before they become floats.</param>
/// <param name="HasMins">Whether there are minima.</param>
/// <param name="Panels">1 or 2: two share what is read of the tokens, one is a single stream of memory.</param>
/// <param name="Tokens">How many: 1 to <see cref="TileCode.MaxTokens"/>.</param>
/// <param name="Ahead">How far ahead of the codes memory is asked for more, in bytes; 0 is not at all.</param>
readonly record struct TileShape(int Bits, int HighBits, bool HasTable, int Columns, bool Gathers, bool HasMins, int Panels, int Tokens, int Ahead);

/// <summary>Emits the loop for which AVX-512 VNNI has an instruction and .NET 10 has not: up to 256 columns of 32 rows, two panels, times 1 to 8 tokens. Products of unsigned codes and signed bytes are summed as integers over 16 or 32 columns, and these are scaled into floats, by the operations and in the order of <see cref="ScalarBlockKernel{TFormat}"/>.</summary>
/// <remarks>
/// The tile is that of <see cref="BlockTile{TFormat, TLanes, TDot, TVector, TRegisters, TCount}"/>: 4 columns of two registers of rows are unpacked once, then meet each token's 4 numbers, broadcast to all lanes; two sums a token stay in registers.
/// Codes lie as <see cref="Blocks.Codes"/> describes: a group of 4 columns has its bits in one line of each plane.
/// </remarks>
static class TileCode
{
    /// <summary>Tokens whose sums leave room for the rest.</summary>
    public const int MaxTokens = 8;

    /// <summary>Bytes of a register.</summary>
    public const int Line = 64;

    const int BlockColumns = 32;
    const int UnitBlocks = 8;

    // Vector registers: 0 to 15 the sums, two a token; then these, a pair for the two panels or one for all.
    const int Unpacked = 16, Lines = 18, HighLines = 20, Scales = 22, Mins = 24;
    const int Number = 26, Moved = 27, Mask = 28, HighMask = 29, Table = 30;

    // General registers.
    const Gpr Panel0 = Gpr.Rsi, Panel1 = Gpr.Rdx, X = Gpr.Rcx, X4 = Gpr.R8, Stride = Gpr.R9, Stride3 = Gpr.R10;
    const Gpr Tokens = Gpr.R11, Lanes = Gpr.Rax, Results = Gpr.Rbx, Gathered = Gpr.Rbp, Blocks = Gpr.Rdi;

    /// <summary>Writes a function of one argument, the address of <see cref="TileArguments"/>, that returns nothing.</summary>
    public static void Emit(Assembler code, in TileShape shape)
    {
        int codeBytes = Line * (shape.Bits + shape.HighBits);
        int sums = BlockColumns / shape.Columns;
        Enter(code, shape);
        int loop = code.Position;
        for (int line = 0; shape.Ahead > 0 && line < codeBytes; line += Line)
        {
            for (int panel = 0; panel < shape.Panels; panel++)
            {
                code.Prefetch(new Address(Panel(panel), shape.Ahead + line));
            }
        }

        for (int sum = 0; sum < sums; sum++)
        {
            Sum(code, shape, sum);
            if (shape.Gathers)
            {
                Gather(code, shape, sum);
            }
            else
            {
                Scale(code, shape, sum);
            }
        }

        code.Add(Panel0, codeBytes);
        code.Add(Panel1, codeBytes);
        code.Add(X, BlockColumns);
        code.Add(X4, BlockColumns);
        code.Add(Tokens, sums * sizeof(int));
        code.Add(Lanes, sums * LaneBytes(shape));
        code.DecrementAndLoop(Blocks, loop);
        if (shape.Gathers)
        {
            ScaleGathered(code, shape, UnitBlocks * sums * sizeof(int));
        }

        code.ZeroUpper();
        code.Pop(Gpr.Rbp);
        code.Pop(Gpr.Rbx);
        code.Return();
    }

    static Gpr Panel(int panel) => panel == 0 ? Panel0 : Panel1;

    // Of one sum.
    static int LaneBytes(in TileShape shape) => shape.HasMins && !shape.Gathers ? 4 * Line : 2 * Line;

    static void Enter(Assembler code, in TileShape shape)
    {
        code.Push(Gpr.Rbx);
        code.Push(Gpr.Rbp);
        code.Broadcast32(Mask, new Address(Gpr.Rdi, TileArguments.MaskAt));
        code.Broadcast32(HighMask, new Address(Gpr.Rdi, TileArguments.HighMaskAt));
        code.Broadcast128(Table, new Address(Gpr.Rdi, TileArguments.TableAt));
        code.Load(Panel0, new Address(Gpr.Rdi, TileArguments.Panel0At));
        code.Load(Panel1, new Address(Gpr.Rdi, TileArguments.Panel1At));
        code.Load(X, new Address(Gpr.Rdi, TileArguments.XAt));
        code.Load(Stride, new Address(Gpr.Rdi, TileArguments.StrideAt));
        code.Load(Tokens, new Address(Gpr.Rdi, TileArguments.TokensAt));
        code.Load(Lanes, new Address(Gpr.Rdi, TileArguments.LanesAt));
        code.Load(Results, new Address(Gpr.Rdi, TileArguments.ResultsAt));
        code.Load(Gathered, new Address(Gpr.Rdi, TileArguments.GatheredAt));
        code.Load(Blocks, new Address(Gpr.Rdi, TileArguments.BlocksAt)); // rdi itself: the last
        code.LoadAddress(X4, new Address(X, 0, Stride, 4));
        code.LoadAddress(Stride3, new Address(Stride, 0, Stride, 2));
        if (shape.Gathers)
        {
            code.Clear(0);
            for (int sum = 0; sum < 2 * shape.Tokens; sum++)
            {
                code.Store(new Address(Gathered, sum * Line), 0);
            }
        }
    }

    /// <summary>One sum of each token and panel, from its start on. Of one panel, groups in turn go to two sums, which are then added: a token's products shall not all wait for each other.</summary>
    static void Sum(Assembler code, in TileShape shape, int sum)
    {
        bool two = shape.Panels == 2;
        for (int token = 0; token < shape.Tokens; token++)
        {
            code.Broadcast32(2 * token, Scalar(token, sum * sizeof(int)));
            if (two)
            {
                code.Move(2 * token + 1, 2 * token);
            }
            else
            {
                code.Clear(2 * token + 1);
            }
        }

        int groups = shape.Columns / 4;
        for (int group = sum * groups; group < (sum + 1) * groups; group++)
        {
            for (int panel = 0; panel < shape.Panels; panel++)
            {
                Unpack(code, shape, group, panel);
            }

            for (int token = 0; token < shape.Tokens; token++)
            {
                code.Broadcast32(Number, Numbers(token, 4 * group));
                code.AddProducts(2 * token + (two ? 0 : group % 2), Unpacked, Number);
                if (two)
                {
                    code.AddProducts(2 * token + 1, Unpacked + 1, Number);
                }
            }
        }

        for (int token = 0; token < shape.Tokens && !two; token++)
        {
            code.AddInts(2 * token, 2 * token, 2 * token + 1);
        }
    }

    static Address Scalar(int token, int at) => new(Tokens, token * TokenScalars.Size + at);

    // Tokens are a stride apart: 0 to 3 strides from X, and from X4 on the same again.
    static Address Numbers(int token, int column)
    {
        Gpr from = token < 4 ? X : X4;
        return (token % 4) switch
        {
            0 => new Address(from, column),
            3 => new Address(from, column, Stride3),
            int strides => new Address(from, column, Stride, strides),
        };
    }

    /// <summary>Codes of 4 columns of a panel.</summary>
    static void Unpack(Assembler code, in TileShape shape, int group, int panel)
    {
        int to = Unpacked + panel;
        Gpr from = Panel(panel);
        if (shape.Bits == 8)
        {
            code.Load(to, new Address(from, group * Line));
            return;
        }

        int line = PlaneLine(code, group, shape.Bits, Lines + panel, from, 0);
        int right = group * shape.Bits % 8;
        if (right > 0)
        {
            code.Shift(to, line, right);
            line = to;
        }

        code.And(to, line, Mask);
        if (shape.HighBits > 0)
        {
            line = PlaneLine(code, group, shape.HighBits, HighLines + panel, from, shape.Bits * Line);
            right = group * shape.HighBits % 8 - shape.Bits;
            if (right != 0)
            {
                code.Shift(Moved, line, right);
                line = Moved;
            }

            code.OrAnd(to, line, HighMask);
        }

        if (shape.HasTable)
        {
            code.Lookup(to, Table, to);
        }
    }

    /// <summary>The register of a plane's line for a group; the first group of a line loads it.</summary>
    static int PlaneLine(Assembler code, int group, int bits, int register, Gpr from, int plane)
    {
        if (group * bits % 8 == 0)
        {
            code.Load(register, new Address(from, plane + group * bits / 8 * Line));
        }

        return register;
    }

    /// <summary>Adds sums to the results: y = fma(sum · factor, scale, y), and where there are minima y = fma(total, minimum, y).</summary>
    static void Scale(Assembler code, in TileShape shape, int sum)
    {
        int lanes = sum * LaneBytes(shape);
        for (int panel = 0; panel < shape.Panels; panel++)
        {
            code.Load(Scales + panel, new Address(Lanes, lanes + panel * Line));
            if (shape.HasMins)
            {
                code.Load(Mins + panel, new Address(Lanes, lanes + (2 + panel) * Line));
            }
        }

        for (int token = 0; token < shape.Tokens; token++)
        {
            code.Broadcast32(Number, Scalar(token, TokenScalars.FactorsAt + sum * sizeof(float)));
            if (shape.HasMins)
            {
                code.Broadcast32(Moved, Scalar(token, TokenScalars.TotalsAt + sum * sizeof(float)));
            }

            for (int panel = 0; panel < shape.Panels; panel++)
            {
                int y = 2 * token + panel;
                code.ToFloats(y, y);
                code.Multiply(y, y, Number);
                code.MultiplyAdd(y, Scales + panel, new Address(Results, y * Line));
                if (shape.HasMins)
                {
                    code.AddProduct(y, Moved, Mins + panel);
                }

                code.Store(new Address(Results, y * Line), y);
            }
        }
    }

    /// <summary>Adds sums times their integer scales to what is gathered.</summary>
    static void Gather(Assembler code, in TileShape shape, int sum)
    {
        for (int panel = 0; panel < shape.Panels; panel++)
        {
            code.Load(Scales + panel, new Address(Lanes, sum * LaneBytes(shape) + panel * Line));
        }

        for (int i = 0; i < 2 * shape.Tokens; i += 3 - shape.Panels)
        {
            code.MultiplyInts(i, i, Scales + i % 2);
            code.AddInts(i, i, new Address(Gathered, i * Line));
            code.Store(new Address(Gathered, i * Line), i);
        }
    }

    /// <summary>Adds what was gathered to the results: y = fma(gathered · factor, scale, y), and where there are minima y = fma(−Σ minima · totals · factor, scale of minima, y).</summary>
    /// <param name="code">Where to.</param>
    /// <param name="shape">What for.</param>
    /// <param name="passed">How far the pointer to the tokens has moved.</param>
    static void ScaleGathered(Assembler code, in TileShape shape, int passed)
    {
        // Lanes: the scale, the minima of two sums at a time, their scale.
        int pairs = shape.HasMins ? UnitBlocks * BlockColumns / shape.Columns / 2 : 0;
        for (int panel = 0; panel < shape.Panels; panel++)
        {
            code.Load(Scales + panel, new Address(Lanes, panel * Line));
            if (shape.HasMins)
            {
                code.Load(Mins + panel, new Address(Lanes, (2 + 2 * pairs + panel) * Line));
            }
        }

        for (int token = 0; token < shape.Tokens; token++)
        {
            int y = 2 * token;
            code.Broadcast32(Number, Scalar(token, TokenScalars.FactorsAt - passed));
            for (int panel = 0; panel < shape.Panels; panel++)
            {
                code.ToFloats(y + panel, new Address(Gathered, (y + panel) * Line));
                code.Multiply(y + panel, y + panel, Number);
                code.MultiplyAdd(y + panel, Scales + panel, new Address(Results, (y + panel) * Line));
            }

            for (int pair = 0; pair < pairs; pair++)
            {
                code.Broadcast32(Moved, Scalar(token, TokenScalars.TotalsAt + pair * sizeof(int) - passed));
                for (int panel = 0; panel < shape.Panels; panel++)
                {
                    int to = pair == 0 ? Lines + panel : Unpacked + panel;
                    code.MultiplyPairs(to, Moved, new Address(Lanes, (2 + 2 * pair + panel) * Line));
                    if (pair > 0)
                    {
                        code.AddInts(Lines + panel, Lines + panel, to);
                    }
                }
            }

            for (int panel = 0; panel < shape.Panels; panel++)
            {
                if (shape.HasMins)
                {
                    code.ToFloats(Lines + panel, Lines + panel);
                    code.Multiply(Lines + panel, Lines + panel, Number);
                    code.SubtractProduct(y + panel, Lines + panel, Mins + panel);
                }

                code.Store(new Address(Results, (y + panel) * Line), y + panel);
            }
        }
    }
}
