using Millrace.Kernels.Blocks;

namespace Millrace.Kernels.MachineCode;

// What becomes of the sums.
sealed unsafe partial class ProductCode<TFormat>
    where TFormat : struct, IBlockFormat
{
    /// <summary>Adds sums times their integer scales to what is gathered.</summary>
    void Gather(int index)
    {
        From(Scales, 0);
        Register scale = TFormat.SubScaleLanes<Register, WrittenLanes>(null, index, 0);
        for (int token = 0; token < _shape.Tokens; token++)
        {
            _code.MultiplyInts(SumOf(token), SumOf(token), scale.Number);
            _code.AddInts(token, token, SumOf(token));
        }

        _writer.Free = LaneWriter.First;
    }

    /// <summary>Adds sums to the results: y = fma(sum · factor, scale, y), and then y = fma(total, minimum, y).</summary>
    void Scale(int unit)
    {
        byte* scales = (byte*)(nint)(unit * TFormat.ScaleBytes);
        Registers scale = default, min = default;
        for (int panel = 0; panel < _shape.Panels; panel++)
        {
            From(Scales, panel);
            scale[panel] = TFormat.ScaleLanes<Register, WrittenLanes>(scales, 0);
            min[panel] = TFormat.HasMins ? TFormat.MinLanes<Register, WrittenLanes>(scales, 0) : default;
        }

        if (IsPair)
        {
            EachToken((token, panel) =>
            {
                int sum = SumOf(token, panel);
                ToScaled(sum, token);
                _code.MultiplyAdd(sum, scale[panel].Number, ResultOf(panel));
                AddMin(sum, min[panel], token);
                _code.Store(ResultOf(panel), sum);
            });
        }
        else
        {
            for (int token = 0; token < _shape.Tokens; token++)
            {
                ToScaled(SumOf(token), token);
                _code.AddProduct(token, SumOf(token), scale[0].Number);
                AddMin(token, min[0], token);
            }
        }

        _writer.Free = LaneWriter.First;
    }

    void AddMin(int y, Register min, int token)
    {
        if (TFormat.HasMins)
        {
            _code.AddProduct(y, min.Number, Of(token, Totals, 0));
        }
    }

    /// <summary>Adds what was gathered to the results in memory: y = fma(gathered · factor, scale, y), and then what the minima take away.</summary>
    void ScaleGathered()
    {
        From(Scales, 0);
        Register scale = TFormat.ScaleLanes<Register, WrittenLanes>(null, 0);
        EachToken((token, panel) =>
        {
            ToScaled(token, token);
            _code.MultiplyAdd(token, scale.Number, ResultOf(panel));
        });
        _writer.Free = LaneWriter.First;
        if (TFormat.HasMins)
        {
            SubMins();
        }

        EachToken((token, panel) => _code.Store(ResultOf(panel), token));
    }

    /// <summary>y = fma(−Σ minima · totals · factor, scale of minima, y).</summary>
    void SubMins()
    {
        for (int token = 0; token < _shape.Tokens; token++)
        {
            _code.Clear(SumOf(token));
        }

        for (int pair = 0; pair < Pairs; pair++)
        {
            Register mins = TFormat.SubMinLanes<Register, WrittenLanes>(null, pair, 0);
            int products = _writer.Take();
            for (int token = 0; token < _shape.Tokens; token++)
            {
                _code.Broadcast32(products, Of(token, Totals, pair * sizeof(int)));
                _code.MultiplyPairs(products, products, mins.Number);
                _code.AddInts(SumOf(token), SumOf(token), products);
            }

            _writer.Free = LaneWriter.First;
        }

        Register min = TFormat.MinLanes<Register, WrittenLanes>(null, 0);
        for (int token = 0; token < _shape.Tokens; token++)
        {
            ToScaled(SumOf(token), token);
            _code.SubtractProduct(token, SumOf(token), min.Number);
        }

        _writer.Free = LaneWriter.First;
    }

    /// <summary>A sum as a float, times the token's scale.</summary>
    void ToScaled(int sum, int token)
    {
        _code.ToFloats(sum, sum);
        _code.Multiply(sum, sum, Of(token, Factors, 0));
    }
}
