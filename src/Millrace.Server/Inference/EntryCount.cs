using System.Runtime.CompilerServices;
using Millrace.Scheduling;

namespace Millrace.Server.Inference;

/// <summary>Counts the requests on their way through the ledger into each engine, so that a burst is refused before it is written down.</summary>
sealed class EntryCount
{
    readonly ConditionalWeakTable<Engine, StrongBox<int>> _counts = [];

    /// <summary>Lets requests on their way, where the engine's queue has room for them and for those before them.</summary>
    /// <returns>Ends their way.</returns>
    /// <exception cref="InferenceException">There is no room.</exception>
    public Action Enter(Engine engine, InferenceRequest request, ServiceClass serviceClass, long tenant)
    {
        int requests = request.Prompts.Count * request.Choices;
        StrongBox<int> count = _counts.GetOrCreateValue(engine);
        try
        {
            engine.CheckRoom(Interlocked.Add(ref count.Value, requests) - requests, requests, request.Prompts.Sum(static prompt => prompt.Count), serviceClass, tenant);
            return () => Interlocked.Add(ref count.Value, -requests);
        }
        catch (EngineBusyException busy)
        {
            Interlocked.Add(ref count.Value, -requests);
            throw Sizes.RefusalOf(busy)!;
        }
    }
}
