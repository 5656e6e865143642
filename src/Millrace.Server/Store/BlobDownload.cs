using System.Net;
using System.Net.Http.Headers;
using System.Runtime.ExceptionServices;

namespace Millrace.Server.Store;

/// <summary>Fetches one file into the store: in ranges over several connections where the server knows ranges, going on where an earlier pull ended. Its name appears when its digest is right and its bytes are on the disk.</summary>
sealed class BlobDownload(HubClient hub, LocalModels models, ModelName name, HubFile file, PullOptions options, IProgress<PullProgress>? progress)
{
    const int MostRounds = 3;

    readonly Uri _address = hub.AddressOf(name, file.Path);
    readonly string _what = $"{name.Id}: {file.Path}";
    long _fetched;

    /// <summary>The content is not that of before: what is there of it is of no use.</summary>
    sealed class ContentChangedException(string message) : Exception(message);

    /// <summary>Fetches the file, where it is not there.</summary>
    /// <exception cref="StoreException">It cannot be had, or is not what the hub says it is.</exception>
    public async Task<ManifestFile> RunAsync(CancellationToken cancellation)
    {
        if (file.Sha256 is { } known && models.HasBlob(known, file.Size))
        {
            return Ready(known);
        }

        using PartialFile partial = await PartialFile.OpenAsync(models.PartialPath(file.PartialName), file.Size, options.ChunkBytes, () => Report(PullStage.Waiting, 0), cancellation);
        if (file.Sha256 is { } meanwhile && models.HasBlob(meanwhile, file.Size))
        {
            partial.Discard();
            return Ready(meanwhile);
        }

        models.RequireSpace(_what, file.Size - partial.BytesDone);
        for (int round = 1; ; round++)
        {
            bool resumed = partial.BytesDone > 0;
            try
            {
                await FetchAsync(partial, cancellation);
            }
            catch (ContentChangedException exception)
            {
                partial.Restart();
                if (round == MostRounds)
                {
                    throw new StoreException($"{_what}: {exception.Message}, {MostRounds} times");
                }

                continue;
            }

            (Digest sha256, string gitOid) = partial.Hash(done => Report(PullStage.Verifying, done), cancellation);
            if (file.Sha256 is { } expected ? sha256 == expected : gitOid == file.GitOid)
            {
                partial.Complete(models.BlobPath(sha256));
                return Ready(sha256);
            }

            partial.Restart();
            if (!resumed || round == MostRounds)
            {
                partial.Discard();
                throw new StoreException(file.Sha256 is { } digest
                    ? $"{_what}: expected content of sha256 {digest}, found {sha256}"
                    : $"{_what}: expected content of git oid {file.GitOid}, found {gitOid}");
            }
        }
    }

    ManifestFile Ready(Digest digest)
    {
        Report(PullStage.Done, file.Size);
        return new ManifestFile(file.Path, file.Size, digest.Hex);
    }

    void Report(PullStage stage, long done) => progress?.Report(new PullProgress(file.Path, stage, done, file.Size));

    async Task FetchAsync(PartialFile partial, CancellationToken cancellation)
    {
        int[] missing = partial.Missing;
        _fetched = partial.BytesDone;
        Report(PullStage.Fetching, _fetched);
        if (missing.Length == 0)
        {
            return;
        }

        // The first answer tells whether the server knows ranges, and of which version they are.
        await FetchChunkAsync(partial, missing[0], alone: true, cancellation);
        missing = partial.Missing;
        int next = -1;
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        ExceptionDispatchInfo? failure = null;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(options.Connections, missing.Length)).Select(_ => WorkAsync()));
        failure?.Throw();

        async Task WorkAsync()
        {
            try
            {
                for (int i = Interlocked.Increment(ref next); i < missing.Length; i = Interlocked.Increment(ref next))
                {
                    await FetchChunkAsync(partial, missing[i], alone: false, stop.Token);
                }
            }
            catch (Exception exception)
            {
                // The first failure ends the others, whose own say nothing.
                Interlocked.CompareExchange(ref failure, ExceptionDispatchInfo.Capture(exception), null);
                await stop.CancelAsync();
            }
        }
    }

    async Task FetchChunkAsync(PartialFile partial, int chunk, bool alone, CancellationToken cancellation)
    {
        Cursor cursor = new() { At = partial.StartOf(chunk) };
        long end = partial.EndOf(chunk);
        int tries = 0;
        while (cursor.At < end)
        {
            long before = cursor.At;
            try
            {
                await FetchRangeAsync(partial, cursor, end, alone, cancellation);
                if (cursor.At == before)
                {
                    throw new TransferException($"{_address.Authority} sends an empty answer for {_what}");
                }
            }
            catch (TransferException exception)
            {
                tries = cursor.At > before ? 1 : tries + 1;
                await Patience.PauseAsync(options, tries, exception, cancellation);
            }
        }

        if (!cursor.Whole)
        {
            partial.MarkDone(chunk);
        }
    }

    async Task FetchRangeAsync(PartialFile partial, Cursor cursor, long end, bool alone, CancellationToken cancellation)
    {
        _ = EntityTagHeaderValue.TryParse(partial.ETag, out EntityTagHeaderValue? version);
        using HttpResponseMessage response = await hub.GetAsync(_address, new RangeHeaderValue(cursor.At, end - 1), version, _what, cancellation);
        if (!partial.Accept(response.Headers.ETag?.ToString()))
        {
            throw new ContentChangedException($"changed while it was fetched (its tag was {partial.ETag}, is {response.Headers.ETag})");
        }

        if (response.StatusCode == HttpStatusCode.OK)
        {
            await FetchWholeAsync(partial, response, cursor, alone, cancellation);
            return;
        }

        ContentRangeHeaderValue? range = response.Content.Headers.ContentRange;
        if (range?.From != cursor.At || range.To >= end || (range.Length ?? file.Size) != file.Size)
        {
            throw new StoreException($"{_what}: expected bytes {cursor.At}-{end - 1} of {file.Size}, found {range?.ToString() ?? "no Content-Range"}");
        }

        await Transfer.ReadAsync(response, options.StallTimeout, piece =>
        {
            RequireRoom(cursor.At, piece.Length, end);
            partial.Write(cursor.At, piece.Span);
            cursor.At += piece.Length;
            Report(PullStage.Fetching, Interlocked.Add(ref _fetched, piece.Length));
            return true;
        }, cancellation);
    }

    // A server without ranges: everything from the first byte on, over one connection.
    async Task FetchWholeAsync(PartialFile partial, HttpResponseMessage response, Cursor cursor, bool alone, CancellationToken cancellation)
    {
        if (!alone)
        {
            throw new ContentChangedException("came whole where a part was asked for");
        }

        if (response.Content.Headers.ContentLength is { } length && length != file.Size)
        {
            throw new StoreException($"{_what}: expected {file.Size} bytes, found {length}");
        }

        long at = 0;
        int chunk = 0;
        _fetched = 0;
        await Transfer.ReadAsync(response, options.StallTimeout, piece =>
        {
            RequireRoom(at, piece.Length, file.Size);
            partial.Write(at, piece.Span);
            at += piece.Length;
            Report(PullStage.Fetching, at);
            return true;
        }, cancellation);
        if (at < file.Size)
        {
            throw new TransferException($"{_address.Authority} ends {_what} after {at} of {file.Size} bytes");
        }

        for (; chunk < partial.Chunks; chunk++)
        {
            partial.MarkDone(chunk);
        }

        (cursor.At, cursor.Whole) = (file.Size, true);
    }

    void RequireRoom(long at, int count, long end)
    {
        if (at + count > end)
        {
            throw new StoreException($"{_what}: expected no more than the bytes up to {end}, found more");
        }
    }

    sealed class Cursor
    {
        /// <summary>The next byte.</summary>
        public long At { get; set; }

        /// <summary>Whether the whole file came at once.</summary>
        public bool Whole { get; set; }
    }
}
