using System.Net.Sockets;
using System.Text;

namespace Millrace.Tests.Server;

/// <summary>A connection that sends what no client would.</summary>
sealed class RawConnection : IDisposable
{
    readonly Socket _socket;

    RawConnection(Socket socket) => _socket = socket;

    public Socket Socket => _socket;

    public static async Task<RawConnection> OpenAsync(Uri address, int? receiveBuffer = null)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        if (receiveBuffer is { } bytes)
        {
            socket.ReceiveBufferSize = bytes;
        }

        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        return new(socket);
    }

    /// <summary>Sends a text; what the other side does not want any more is left.</summary>
    public async Task SendAsync(string text)
    {
        try
        {
            await _socket.SendAsync(Encoding.Latin1.GetBytes(text), TestContext.Current.CancellationToken);
        }
        catch (SocketException)
        {
            // It has heard enough.
        }
    }

    /// <summary>Reads until the other side closes, or until a time is over.</summary>
    public async Task<string> ReadAllAsync(double seconds = 15)
    {
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(seconds));
        StringBuilder text = new();
        byte[] buffer = new byte[8192];
        try
        {
            while (await _socket.ReceiveAsync(buffer, patience.Token) is int read and > 0)
            {
                text.Append(Encoding.UTF8.GetString(buffer, 0, read));
            }
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            text.Append(exception is SocketException ? "<reset>" : "<open>");
        }

        return text.ToString();
    }

    /// <summary>Closes with a reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(enable: true, seconds: 0);
        _socket.Close();
    }

    public void Dispose() => _socket.Dispose();
}
