using Millrace.Formats;

namespace Millrace.Kernels;

/// <summary>Takes note of the paths by which products over weights of one type ran. Any thread notes, one asks.</summary>
/// <param name="type">The type of the weights.</param>
public sealed class KernelLog(WeightType type)
{
    int _paths;

    /// <summary>The type of the weights.</summary>
    public WeightType Type => type;

    /// <summary>The paths taken since this was last asked: the bit of each <see cref="KernelPath"/> that was.</summary>
    public int Take() => Interlocked.Exchange(ref _paths, 0);

    /// <summary>Notes a path.</summary>
    internal void Add(KernelPath path)
    {
        int bit = 1 << (int)path;
        if ((Volatile.Read(ref _paths) & bit) == 0) // written once a step, so that the processors share the line
        {
            Interlocked.Or(ref _paths, bit);
        }
    }
}
