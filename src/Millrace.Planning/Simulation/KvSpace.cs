using Millrace.Planning.Costs;

namespace Millrace.Planning.Simulation;

/// <summary>How many tokens the memory of a replica has room for.</summary>
public static class KvSpace
{
    /// <summary>Tokens in a block.</summary>
    public const int BlockSize = 32;

    /// <summary>Tokens whose keys and values fit, if sequences are so long as said.</summary>
    /// <param name="cost">The replica.</param>
    /// <param name="length">Tokens of a usual sequence: layers with a window keep no more than that of each.</param>
    /// <exception cref="PlanningException">The weights do not fit, or nothing is left beside them.</exception>
    public static long Tokens(ICostModel cost, int length)
    {
        Deployment replica = cost.Deployment;
        double bytes = cost.KvCapacityBytes;
        double perToken = replica.Model.KvBytes(length) / length;
        if (!(bytes > 0))
        {
            throw new PlanningException(string.Create(System.Globalization.CultureInfo.InvariantCulture,
                $"{replica.Model.Name} does not fit on {replica.Parallel.Chips} × {replica.Device.Id}: {replica.Model.WeightBytes / 1e9:0.#} GB of weights leave no memory for keys and values ({Units.Bytes(bytes)})"));
        }

        if (!(perToken > 0))
        {
            throw new PlanningException($"{replica.Model.Name}: a token's keys and values take {perToken} bytes; expected a number above 0");
        }

        return (long)Math.Min(bytes / perToken, int.MaxValue / 2);
    }

    /// <summary>Batches that are under way in a pipeline at once: one for each stage, but no more than there is room for at least one sequence in each, and at most as many as are asked for.</summary>
    /// <param name="cost">The replica.</param>
    /// <param name="length">Tokens of the longest usual sequence.</param>
    /// <param name="most">Sequences that there ever are.</param>
    public static int Batches(ICostModel cost, int length, int most)
    {
        long blocks = Math.Max(1, (length + BlockSize - 1L) / BlockSize);
        return (int)Math.Clamp(Tokens(cost, length) / (blocks * BlockSize), 1, Math.Max(1, Math.Min(cost.Stages, most)));
    }
}
