using System.Diagnostics;
using Millrace.Planning.Simulation;

namespace Millrace.Cli.ServeBench;

/// <summary>What a load left behind.</summary>
/// <param name="Records">Each request that was sent, in the order of sending.</param>
/// <param name="StartedAt">When the load began, by <see cref="Stopwatch"/>.</param>
/// <param name="Elapsed">From there to the end of the last answer.</param>
/// <param name="ClientCpu">Processor time that this process took for it.</param>
sealed record LoadResult(IReadOnlyList<RequestRecord> Records, long StartedAt, TimeSpan Elapsed, TimeSpan ClientCpu);

/// <summary>Sends requests when they are due. An open loop never waits for answers: it would spare a slow server what its users would not.</summary>
sealed class LoadRun(LoadClient client, LoadTarget target, PromptText texts, LoadOptions options)
{
    readonly List<RequestRecord> _records = [];
    readonly List<Task> _sent = [];

    /// <summary>Sends the requests and waits for all answers. A cancellation breaks off those under way, and what was measured until then is returned.</summary>
    public async Task<LoadResult> RunAsync(IEnumerable<PlannedRequest> plan, CancellationToken cancellation)
    {
        using SemaphoreSlim? slots = options.MaxConcurrency is { } most ? new(most) : null;
        TimeSpan cpu = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp();
        try
        {
            await SendAllAsync(plan, slots, start, cancellation);
        }
        catch (OperationCanceledException)
        {
            // Those under way end by themselves.
        }

        await Task.WhenAll(_sent);
        return new LoadResult(_records, start, Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - cpu);
    }

    async Task SendAllAsync(IEnumerable<PlannedRequest> plan, SemaphoreSlim? slots, long start, CancellationToken cancellation)
    {
        Arrivals? arrivals = options.RequestRate is { } rate ? new(rate, options.Burstiness, options.Seed) : null;
        bool paced = options.RequestRate is not double.PositiveInfinity;
        double due = 0;
        foreach (PlannedRequest request in options.Requests is { } count ? plan.Take(count) : plan)
        {
            due = arrivals is null ? request.Arrival ?? due : due + (_records.Count == 0 ? 0 : arrivals.NextGap());
            byte[] body = target.Body(texts.Of(request), request.OutputTokens);
            if (paced)
            {
                if (TimeSpan.FromSeconds(due) >= options.Duration)
                {
                    return;
                }

                await UntilAsync(start, TimeSpan.FromSeconds(due), cancellation);
            }

            if (slots is not null)
            {
                await slots.WaitAsync(cancellation);
            }

            if (cancellation.IsCancellationRequested || Stopwatch.GetElapsedTime(start) >= options.Duration)
            {
                return;
            }

            RequestRecord record = new() { InputTokens = request.InputTokens, DueAt = paced ? start + (long)(due * Stopwatch.Frequency) : 0 };
            _records.Add(record);
            _sent.Add(SendAsync(body, record, slots, cancellation));
        }
    }

    async Task SendAsync(byte[] body, RequestRecord record, SemaphoreSlim? slots, CancellationToken cancellation)
    {
        await client.SendAsync(body, record, cancellation);
        slots?.Release();
    }

    // Timers count in milliseconds: a request may leave one late, which the report shows.
    static async Task UntilAsync(long start, TimeSpan due, CancellationToken cancellation)
    {
        for (TimeSpan left = due - Stopwatch.GetElapsedTime(start); left > TimeSpan.Zero; left = due - Stopwatch.GetElapsedTime(start))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(Math.Ceiling(left.TotalMilliseconds)), cancellation);
        }
    }
}
