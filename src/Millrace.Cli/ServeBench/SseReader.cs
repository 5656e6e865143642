using System.Buffers;
using System.Diagnostics;

namespace Millrace.Cli.ServeBench;

/// <summary>Reads server-sent events: the data of each, and when it came. Allocates nothing per event once its buffers are large enough.</summary>
/// <remarks>WHATWG HTML, "Server-sent events"; names, ids and comments are passed over.</remarks>
sealed class SseReader(Stream stream)
{
    const int Most = 16 << 20;

    readonly ArrayBufferWriter<byte> _data = new(4096);
    byte[] _buffer = new byte[16 * 1024];
    int _start, _searched, _end;

    /// <summary>The data of the event, until the next is read.</summary>
    public ReadOnlySpan<byte> Data => _data.WrittenSpan;

    /// <summary>When the last bytes came, by <see cref="Stopwatch"/>.</summary>
    public long ArrivedAt { get; private set; }

    /// <summary>Reads the next event that has data.</summary>
    /// <returns>Whether there is one; false at the end of the stream.</returns>
    /// <exception cref="InvalidDataException">A line is longer than 16 MB.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellation)
    {
        _data.ResetWrittenCount();
        while (true)
        {
            while (TryLine(out int from, out int length))
            {
                if (length == 0 && _data.WrittenCount > 0)
                {
                    return true;
                }

                Take(_buffer.AsSpan(from, length));
            }

            MakeRoom();
            int count = await stream.ReadAsync(_buffer.AsMemory(_end), cancellation);
            ArrivedAt = Stopwatch.GetTimestamp();
            if (count == 0)
            {
                return false;
            }

            _end += count;
        }
    }

    void Take(ReadOnlySpan<byte> line)
    {
        if (!line.StartsWith("data:"u8))
        {
            return;
        }

        if (_data.WrittenCount > 0)
        {
            _data.Write("\n"u8);
        }

        line = line[5..];
        _data.Write(line is [(byte)' ', ..] ? line[1..] : line);
    }

    bool TryLine(out int from, out int length)
    {
        from = _start;
        length = 0;
        int found = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
        if (found < 0)
        {
            _searched = _end;
            return false;
        }

        int newline = _searched + found;
        length = newline - from;
        if (length > 0 && _buffer[newline - 1] == '\r')
        {
            length--;
        }

        _start = _searched = newline + 1;
        return true;
    }

    void MakeRoom()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _searched -= _start;
            _start = 0;
        }

        if (_end == _buffer.Length)
        {
            if (_buffer.Length >= Most)
            {
                throw new InvalidDataException("an event's line is longer than 16 MB");
            }

            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
    }
}
