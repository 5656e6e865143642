namespace Millrace.Planning.Costs.Sram;

/// <summary>Consecutive pieces of a model on the chips of one stage, or of several where a piece without attention (the embedding, the head) fills more than one.</summary>
/// <param name="First">The first piece.</param>
/// <param name="Count">How many.</param>
/// <param name="Slots">Stages' worth of chips.</param>
/// <param name="WeightBytes">Their weights.</param>
/// <param name="KvBytesPerToken">What they hold of each token.</param>
public readonly record struct Stage(int First, int Count, int Slots, double WeightBytes, double KvBytesPerToken);

/// <summary>Places the pieces of a model, in order, on stages of equal size.</summary>
public static class Stages
{
    /// <summary>Cuts the pieces into at most so many stages, the fullest of them as little full as can be. Too few stages or too small ones show as a negative <see cref="KvTokens"/>.</summary>
    /// <param name="pieces">The pieces.</param>
    /// <param name="slots">Stages at most.</param>
    /// <param name="bytes">What a stage holds.</param>
    public static IReadOnlyList<Stage> Cut(IReadOnlyList<ModelPiece> pieces, int slots, double bytes)
    {
        double high = pieces.Sum(piece => piece.WeightBytes);
        double low = pieces.Min(piece => piece.WeightBytes);
        List<Stage> best = Fill(pieces, low, bytes);
        if (Slots(best) <= slots)
        {
            return best; // every piece by itself
        }

        best = Fill(pieces, Math.Max(high, bytes), bytes);
        for (int round = 0; round < 50 && high - low > 1; round++)
        {
            double limit = (low + high) / 2;
            List<Stage> cut = Fill(pieces, limit, bytes);
            if (Slots(cut) <= slots)
            {
                (best, high) = (cut, limit);
            }
            else
            {
                low = limit;
            }
        }

        return best;
    }

    /// <summary>Stages' worth of chips.</summary>
    public static int Slots(IReadOnlyList<Stage> stages) => stages.Sum(stage => stage.Slots);

    /// <summary>Tokens of keys and values for which the fullest stage has room; negative where weights do not fit.</summary>
    /// <param name="stages">The stages.</param>
    /// <param name="bytes">What each can hold, activations taken off.</param>
    /// <param name="unevenness">Room that a key takes on the fullest chip, over its share.</param>
    public static double KvTokens(IReadOnlyList<Stage> stages, double bytes, double unevenness = 1)
    {
        double tokens = double.PositiveInfinity;
        foreach (Stage stage in stages)
        {
            double left = bytes * stage.Slots - stage.WeightBytes;
            tokens = Math.Min(tokens, left < 0 ? -1 : stage.KvBytesPerToken > 0 ? left / (stage.KvBytesPerToken * unevenness) : double.PositiveInfinity);
        }

        return tokens;
    }

    static List<Stage> Fill(IReadOnlyList<ModelPiece> pieces, double limit, double bytes)
    {
        List<Stage> stages = [];
        int first = 0;
        double weights = 0;
        double kv = 0;
        for (int i = 0; i < pieces.Count; i++)
        {
            if (i > first && weights + pieces[i].WeightBytes > limit)
            {
                Close(i);
            }

            weights += pieces[i].WeightBytes;
            kv += pieces[i].KvBytesPerToken;
        }

        Close(pieces.Count);
        return stages;

        void Close(int end)
        {
            int slots = kv == 0 && bytes > 0 ? (int)Math.Clamp(Math.Ceiling(weights / bytes), 1, 1 << 20) : 1;
            stages.Add(new(first, end - first, slots, weights, kv));
            (first, weights, kv) = (end, 0, 0);
        }
    }
}
