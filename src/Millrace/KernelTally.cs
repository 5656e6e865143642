using Millrace.Kernels;
using Millrace.Scheduling;

namespace Millrace;

/// <summary>Counts the steps of a request by the kernels that ran in them.</summary>
/// <param name="kernels">What the device takes note of.</param>
sealed class KernelTally(IReadOnlyList<KernelLog> kernels)
{
    static readonly KernelPath[] Paths = Enum.GetValues<KernelPath>();

    readonly (int Prompt, int Decode)[] _steps = new (int, int)[kernels.Count * Paths.Length];

    /// <summary>The counts that are not zero.</summary>
    public IReadOnlyList<KernelSteps> Steps =>
    [
        .. _steps.Index()
            .Where(static count => count.Item != default)
            .Select(count => new KernelSteps(kernels[count.Index / Paths.Length].Type, Paths[count.Index % Paths.Length], count.Item.Prompt, count.Item.Decode)),
    ];

    /// <summary>Counts a step for each request in it. Allocates with a request's first step alone.</summary>
    /// <param name="kernels">What the device took note of since the step before.</param>
    /// <param name="batch">The step.</param>
    /// <param name="scheduled">The sequences of its slices.</param>
    public static void Count(IReadOnlyList<KernelLog> kernels, StepBatch batch, IReadOnlyList<Sequence> scheduled)
    {
        for (int kernel = 0; kernel < kernels.Count; kernel++)
        {
            int paths = kernels[kernel].Take();
            for (int i = 0; i < batch.Slices.Count && paths != 0; i++)
            {
                Generation generation = Generation.Of(scheduled[i]);
                generation.Tally ??= new(kernels);
                generation.Tally.Add(kernel, paths, batch.Slices[i].Position < generation.Prompt.Length);
            }
        }
    }

    void Add(int kernel, int paths, bool prompt)
    {
        for (int path = 0; path < Paths.Length; path++)
        {
            int ran = paths >> path & 1;
            ref (int Prompt, int Decode) steps = ref _steps[kernel * Paths.Length + path];
            steps.Prompt += prompt ? ran : 0;
            steps.Decode += prompt ? 0 : ran;
        }
    }
}
