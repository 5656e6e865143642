using Millrace.Benchmarks;
using Millrace.Benchmarks.Curves;
using Millrace.Benchmarks.Peers;
using Millrace.Benchmarks.Serving;
using Millrace.Tests.Conformance;

if (args is ["peer" or "rows", ..] && LlamaCpp.Folder is null)
{
    Console.Error.WriteLine("needs npm's @node-llama-cpp/linux-x64 under artifacts/peers (or MILLRACE_PEERS), on Linux x64");
    return 1;
}

switch (args)
{
    case ["products", .. string[] rest]:
        return ProductTiming.Run(new Arguments(rest));
    case ["attention", .. string[] rest]:
        return AttentionTiming.Run(new Arguments(rest));
    case ["steps", .. string[] rest]:
        return StepTiming.Run(new Arguments(rest));
    case ["peer", .. string[] rest]:
        return PeerRun.Custom(new Arguments(rest));
    case ["rows", .. string[] rest]:
        return PeerRun.Rows(new Arguments(rest));
    case ["models", .. string[] rest]:
        return PeerRun.List(new Arguments(rest));
    case ["cold-start", .. string[] rest]:
        return ColdStart.Run(new Arguments(rest));
    case ["cache", .. string[] rest]:
        return CacheRun.Run(new Arguments(rest));
    case ["roofline", .. string[] rest]:
        return RooflineRun.Run(new Arguments(rest));
    case ["plots", .. string[] rest]:
        return CurvePlots.Run(new Arguments(rest));
    case ["serve", .. string[] rest]:
        return ServePeer.Run(new Arguments(rest));
    case ["memory", .. string[] rest]:
        return MemoryUse.Run(new Arguments(rest));
    default:
        BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
