using System.Runtime.Intrinsics.X86;

namespace Millrace.Kernels;

/// <summary>A wait that keeps its processor for a short while: some 20 µs, and next to nothing where there are more threads than processors, since who is waited for then needs this one.</summary>
/// <param name="threads">How many threads there are.</param>
/// <param name="patience">So many times as long.</param>
struct Spin(int threads, int patience = 1)
{
    const int Pauses = 2000;
    const int PausesOversubscribed = 20;

    int _left = patience * (threads > Environment.ProcessorCount ? PausesOversubscribed : Pauses);

    /// <summary>Pauses once; false, without a pause, when it was long enough.</summary>
    public bool Once()
    {
        if (_left == 0)
        {
            return false;
        }

        _left--;
        Pause();
        return true;
    }

    /// <summary>Pauses once, or lets others run when it was long enough.</summary>
    public void OnceOrYield()
    {
        if (!Once())
        {
            Thread.Yield();
        }
    }

    /// <summary>Some nanoseconds in which the processor's other thread, if there is one, has it to itself.</summary>
    public static void Pause()
    {
        if (X86Base.IsSupported)
        {
            X86Base.Pause();
        }
        else
        {
            Thread.SpinWait(1);
        }
    }
}
