namespace Millrace.Kernels;

/// <summary>Memory of each thread, in which it lays out panels that it uses at once and does not keep.</summary>
/// <param name="bytes">For one thread.</param>
sealed unsafe class PanelScratch(long bytes) : IDisposable
{
    readonly ThreadLocal<NativeBuffer> _buffers = new(() => new NativeBuffer(bytes), trackAllValues: true);

    /// <summary>This thread's, from a cache line on.</summary>
    public byte* Memory => _buffers.Value!.Pointer;

    /// <summary>Frees that of all threads.</summary>
    public void Dispose()
    {
        foreach (NativeBuffer buffer in _buffers.Values)
        {
            buffer.Dispose();
        }

        _buffers.Dispose();
    }
}
