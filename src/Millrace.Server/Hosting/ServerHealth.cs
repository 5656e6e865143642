using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Server.Models;

namespace Millrace.Server.Hosting;

/// <summary>Whether the server can serve, and what is wrong where it cannot.</summary>
sealed class ServerHealth(ModelRegistry models, UsageLedger ledger, KeyStore keys, RunningRequests running)
{
    /// <summary>What is wrong; nothing where all is well. For operators: no path, and nothing of a tenant.</summary>
    public IReadOnlyList<string> Problems()
    {
        List<string> problems = [];
        AddIf(problems, models.IsStarting, "models are loading");
        AddIf(problems, running.IsDraining, "the server is about to stop");
        AddIf(problems, ledger.Failure is not null, "the ledger cannot be written");
        AddIf(problems, keys.Failure is not null, "the API keys cannot be read again; those known stay in force");
        foreach ((string name, Engine engine) in models.Engines)
        {
            EngineState state = engine.Health.State;
            AddIf(problems, state == EngineState.Wedged, $"a step of the model {name} does not end");
            AddIf(problems, state == EngineState.Faulted, $"the model {name} has failed");
        }

        return problems;
    }

    static void AddIf(List<string> problems, bool condition, string problem)
    {
        if (condition)
        {
            problems.Add(problem);
        }
    }
}
