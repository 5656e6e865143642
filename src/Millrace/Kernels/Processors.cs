using System.Numerics;
using System.Runtime.InteropServices;

namespace Millrace.Kernels;

/// <summary>The processors that this process may run on, and whether workers are bound to one each.</summary>
/// <remarks>They are where a pool has exactly as many threads as the process has processors, by affinity and by the quota of its control groups: each worker then has its own, the thread that runs the pool finds the one left, and nothing is chosen that the system chooses better. A pool of fewer threads, and any in a process whose quota is below its processors, is not bound: others do the same, and all would sit on the same ones. The thread that runs a pool may go anywhere: it is somebody else's, or starts threads, which would inherit its processor. Linux only.</remarks>
public static unsafe partial class Processors
{
    /// <summary>The environment variable that turns it off, if it says <c>off</c>.</summary>
    public const string Variable = "MILLRACE_PIN";

    const int MaskWords = 128; // of 8,192 processors, the most that Linux is built for

    static readonly string? Obstacle = FindObstacle(Environment.GetEnvironmentVariable(Variable));

    /// <summary>A few words for <c>doctor</c> about a pool of so many threads.</summary>
    public static string Status(int threads) =>
        Obstacle is not null ? $"not bound: {Obstacle}"
        : For(threads) is { } bound ? $"workers bound to {string.Join(" ", bound.Skip(1))}"
        : $"not bound: {threads} threads, {Allowed().Length} processors";

    /// <summary>The processors that this thread may run on, in ascending order; none where the system does not say.</summary>
    public static int[] Allowed()
    {
        ulong* mask = stackalloc ulong[MaskWords];
        int bytes = OperatingSystem.IsLinux() ? GetAffinity(0, MaskWords * sizeof(ulong), mask) : -1;
        List<int> processors = [];
        for (int word = 0; bytes == 0 && word < MaskWords; word++)
        {
            for (ulong left = mask[word]; left != 0; left &= left - 1)
            {
                processors.Add(word * 64 + BitOperations.TrailingZeroCount(left));
            }
        }

        return [.. processors];
    }

    /// <summary>The processor of each thread of a pool, of which the first is the caller's that is not bound; null where none is.</summary>
    internal static int[]? For(int threads) =>
        Obstacle is null && threads > 1 && threads == Environment.ProcessorCount && Allowed() is { } allowed && allowed.Length == threads ? allowed : null;

    /// <summary>Binds the calling thread to a processor; without effect where the system refuses.</summary>
    internal static void Bind(int processor)
    {
        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        mask[processor / 64] = 1UL << (processor % 64);
        _ = SetAffinity(0, MaskWords * sizeof(ulong), mask);
    }

    /// <summary>Why threads are never bound here, or null.</summary>
    /// <param name="setting">What the environment says.</param>
    internal static string? FindObstacle(string? setting) =>
        string.Equals(setting, "off", StringComparison.OrdinalIgnoreCase) ? $"off ({Variable})"
        : OperatingSystem.IsLinux() ? null
        : "none for this system";

    // 0 is the calling thread: glibc's and musl's wrappers return 0, and clear what the kernel leaves of the mask.
    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);
}
