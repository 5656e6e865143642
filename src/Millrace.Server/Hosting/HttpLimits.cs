using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;

namespace Millrace.Server.Hosting;

/// <summary>What one client may take of the server below the APIs.</summary>
static class HttpLimits
{
    /// <summary>Bytes of a body at most.</summary>
    public const long MostBodyBytes = 30_000_000;

    static readonly MinDataRate SlowestRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(5));

    /// <summary>Makes a flush of a response end only once the system has all its bytes: after a crash that alone is paid for which was sent.</summary>
    /// <remarks>The transport waits while that many bytes or more are unsent. <see cref="KestrelServerLimits.MaxResponseBufferSize"/> says nothing to it.</remarks>
    public static void Apply(SocketTransportOptions sockets) => sockets.MaxWriteBufferSize = 1;

    /// <summary>Sets the limits.</summary>
    /// <remarks>
    /// HTTP/1.1 only: without TLS no browser speaks HTTP/2, and its ways of making a server work for nothing (rapid reset, floods of CONTINUATION) are not there.
    /// The rate of a response counts only while there is something to write, so a stream with long gaps between its tokens is not cut.
    /// </remarks>
    public static void Apply(KestrelServerOptions kestrel, ServerOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        kestrel.ConfigureEndpointDefaults(static endpoint => endpoint.Protocols = HttpProtocols.Http1);
        KestrelServerLimits limits = kestrel.Limits;
        limits.MaxConcurrentConnections = options.MaxConnections;
        limits.MaxConcurrentUpgradedConnections = 0;
        limits.MaxRequestBodySize = MostBodyBytes;
        limits.MaxRequestLineSize = 8 * 1024;
        limits.MaxRequestHeaderCount = 100;
        limits.MaxRequestHeadersTotalSize = 32 * 1024;
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
        limits.KeepAliveTimeout = TimeSpan.FromSeconds(130);
        limits.MinRequestBodyDataRate = SlowestRate;
        limits.MinResponseDataRate = SlowestRate;
    }
}
