using System.Net;
using System.Net.Sockets;

namespace Millrace.Server.Hosting;

/// <summary>Counts wrong keys by address: after some in quick succession an address is told to wait. Bounded, so that many addresses cannot fill memory.</summary>
sealed class WrongKeys(TimeProvider clock)
{
    /// <summary>Wrong keys that an address may try in quick succession.</summary>
    public const int Burst = 20;

    const int MostAddresses = 4096;

    static readonly TimeSpan ForgivenIn = TimeSpan.FromSeconds(1); // one wrong key

    readonly Lock _gate = new();
    readonly Dictionary<IPAddress, long> _forgivenAt = []; // in ticks since the start
    readonly long _start = clock.GetTimestamp();

    /// <summary>Notes a wrong key; returns how long its address should wait, or null while it has not tried too often.</summary>
    public TimeSpan? Count(IPAddress? address)
    {
        lock (_gate)
        {
            long now = clock.GetElapsedTime(_start).Ticks;
            IPAddress network = Network(address ?? IPAddress.None);
            if (_forgivenAt.Count >= MostAddresses && !_forgivenAt.ContainsKey(network))
            {
                Forget(now);
            }

            long forgiven = Math.Max(now, _forgivenAt.GetValueOrDefault(network)) + ForgivenIn.Ticks;
            long excess = forgiven - now - Burst * ForgivenIn.Ticks;
            if (excess > 0)
            {
                return TimeSpan.FromTicks(excess);
            }

            _forgivenAt[network] = forgiven;
            return null;
        }
    }

    /// <summary>Forgets addresses that are forgiven; where none is, all.</summary>
    void Forget(long now)
    {
        foreach ((IPAddress address, long forgiven) in _forgivenAt)
        {
            if (forgiven <= now)
            {
                _forgivenAt.Remove(address);
            }
        }

        if (_forgivenAt.Count >= MostAddresses)
        {
            _forgivenAt.Clear();
        }
    }

    /// <summary>One customer has at least 2^64 addresses of IPv6.</summary>
    static IPAddress Network(IPAddress address)
    {
        if (address.AddressFamily != AddressFamily.InterNetworkV6 || address.IsIPv4MappedToIPv6)
        {
            return address;
        }

        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }
}
