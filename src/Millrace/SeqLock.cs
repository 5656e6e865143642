namespace Millrace;

/// <summary>A value that one thread writes and any number read, whole, without ever holding the writer up: a reader that was overtaken reads again.</summary>
sealed class SeqLock<T> where T : unmanaged
{
    T _value;
    int _version; // odd while the value is being written

    /// <summary>The last value written.</summary>
    public T Read()
    {
        SpinWait spin = default;
        while (true)
        {
            int version = Volatile.Read(ref _version);
            T value = _value;
            Interlocked.MemoryBarrier();
            if ((version & 1) == 0 && version == Volatile.Read(ref _version))
            {
                return value;
            }

            spin.SpinOnce();
        }
    }

    /// <summary>Writes a value. One thread alone does.</summary>
    public void Write(in T value)
    {
        Volatile.Write(ref _version, _version + 1);
        Interlocked.MemoryBarrier();
        _value = value;
        Volatile.Write(ref _version, _version + 1);
    }
}
