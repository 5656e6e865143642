namespace Millrace.Server.Store;

/// <summary>Reads bodies whose senders may stop, break off or send too much.</summary>
static class Transfer
{
    const int BufferBytes = 128 * 1024;

    /// <summary>Copies a body of unknown length.</summary>
    /// <exception cref="TransferException">It stalled or broke off.</exception>
    /// <exception cref="StoreException">It is longer than allowed.</exception>
    public static async Task CopyAsync(HttpResponseMessage response, Stream destination, long most, TimeSpan stall, CancellationToken cancellation)
    {
        long copied = 0;
        await ReadAsync(response, stall, piece =>
        {
            copied += piece.Length;
            if (copied > most)
            {
                throw new StoreException($"{response.RequestMessage!.RequestUri}: expected at most {most} bytes, found more");
            }

            destination.Write(piece.Span);
            return true;
        }, cancellation);
    }

    /// <summary>Reads a body piece by piece, until its end or until the taker wants no more.</summary>
    /// <exception cref="TransferException">It stalled or broke off.</exception>
    public static async Task ReadAsync(HttpResponseMessage response, TimeSpan stall, Func<ReadOnlyMemory<byte>, bool> take, CancellationToken cancellation)
    {
        string host = response.RequestMessage!.RequestUri!.Authority;
        byte[] buffer = new byte[BufferBytes];
        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        int count = -1;
        while (count != 0)
        {
            try
            {
                patience.CancelAfter(stall);
                count = await body.ReadAsync(buffer, patience.Token);
            }
            catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
            {
                throw new TransferException($"{host} sends nothing for {stall.TotalSeconds:0.#} s");
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException)
            {
                throw new TransferException($"{host} broke off: {exception.Message}");
            }

            // Outside: what fails here is not the network.
            if (count > 0 && !take(buffer.AsMemory(0, count)))
            {
                return;
            }
        }
    }
}
