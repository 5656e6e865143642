using Millrace.Planning.Hardware;

namespace Millrace.Planning.Costs.Systolic;

/// <summary>Chips on a ring, a grid or a torus, each joined to its neighbours along every axis.</summary>
/// <remarks>Collectives run as rings along each axis in both directions at once, a part of the data on each axis (scaling-book, "Sharded matrices"; Chan et al. 2007). An axis that does not close into a ring has half the bandwidth and twice the hops.</remarks>
/// <param name="Axes">Chips along each axis.</param>
/// <param name="Closed">Whether each axis is a ring.</param>
/// <param name="LinkBytesPerSecond">Of one link in one direction.</param>
/// <param name="HopSeconds">From a chip to its neighbour.</param>
public sealed record Torus(IReadOnlyList<int> Axes, IReadOnlyList<bool> Closed, double LinkBytesPerSecond, double HopSeconds)
{
    /// <summary>Chips in all.</summary>
    public int Chips => Axes.Aggregate(1, (product, axis) => product * axis);

    /// <summary>The part of a device's network that so many chips make.</summary>
    /// <param name="device">The device; its link's bandwidth is that of all links of a chip in one direction.</param>
    /// <param name="chips">Chips that share each product.</param>
    /// <exception cref="PlanningException">The device has no link, or one that carries nothing.</exception>
    public static Torus Of(DeviceSpec device, int chips)
    {
        if (device.Link?.BytesPerSecond is not { } bandwidth)
        {
            throw new PlanningException($"{device.Id}: {chips} chips cannot share a product: the bandwidth of its link is not known");
        }

        Require.Positive(bandwidth.Value, $"{device.Id}: bytes per second of its link");
        string kind = device.Link.Kind;
        int dimensions = kind.Contains("ring", StringComparison.OrdinalIgnoreCase) ? 1 : kind.Contains("3D", StringComparison.OrdinalIgnoreCase) ? 3 : 2;
        int[] axes = Cut(chips, dimensions);
        // A TPU's slice closes an axis into a ring only from 4 chips (3D) or 16 (2D) on; Neuron systems are closed.
        int closes = device.Vendor != "Google" ? 3 : dimensions == 3 ? 4 : 16;
        return new(axes, [.. axes.Select(axis => axis >= closes)], bandwidth.Value / (2 * dimensions), device.Link.LatencySeconds?.Value ?? 1e-6);
    }

    /// <summary>How long it takes until each chip has the sum of what all had.</summary>
    /// <param name="bytes">That each chip has.</param>
    public double AllReduceSeconds(double bytes) => 2 * AllGatherSeconds(bytes); // a reduce-scatter costs as much as a gather

    /// <summary>How long it takes until each chip has all of what each had a part of.</summary>
    /// <param name="bytes">Of the whole.</param>
    public double AllGatherSeconds(double bytes)
    {
        double links = 0; // that a chip can send on at once
        double hops = 0;
        for (int axis = 0; axis < Axes.Count; axis++)
        {
            int chips = Axes[axis];
            if (chips > 1)
            {
                links += Closed[axis] && chips > 2 ? 2 : 1;
                hops += Closed[axis] ? chips / 2 : chips - 1;
            }
        }

        return links == 0 ? 0 : hops * HopSeconds + bytes * (Chips - 1) / Chips / (links * LinkBytesPerSecond);
    }

    /// <summary>Axes as equal as the number allows.</summary>
    static int[] Cut(int chips, int dimensions)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(chips, 1);
        int[] axes = new int[dimensions];
        int left = chips;
        for (int axis = 0; axis < dimensions; axis++)
        {
            double target = Math.Pow(left, 1.0 / (dimensions - axis));
            int size = left;
            for (int divisor = 1; divisor <= left; divisor++)
            {
                if (left % divisor == 0 && divisor >= target - 1e-9)
                {
                    size = divisor;
                    break;
                }
            }

            axes[axis] = size;
            left /= size;
        }

        return axes;
    }
}
