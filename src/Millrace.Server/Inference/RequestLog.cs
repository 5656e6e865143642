using Millrace.Server.Hosting;
using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>Remembers how the last requests went.</summary>
public sealed class RequestLog(ServerOptions options, RunningRequests running)
{
    readonly Lock _gate = new();
    readonly Queue<RequestId> _order = [];
    readonly Dictionary<RequestId, RequestRecord> _records = [];

    /// <summary>A request that runs or is remembered.</summary>
    public RequestRecord? Find(RequestId id)
    {
        if (running.Find(id) is { } run)
        {
            return run.ToRecord();
        }

        lock (_gate)
        {
            return _records.GetValueOrDefault(id);
        }
    }

    /// <summary>Remembers a request that has ended, and forgets the oldest.</summary>
    internal void Add(InferenceRun run)
    {
        RequestRecord record = run.ToRecord();
        lock (_gate)
        {
            _records[record.Id] = record;
            _order.Enqueue(record.Id);
            while (_order.Count > options.RememberedRequests)
            {
                _records.Remove(_order.Dequeue());
            }
        }
    }
}
