using Millrace.Benchmarks;
using Millrace.Benchmarks.Serving;

switch (args)
{
    case ["products", .. string[] rest]:
        ProductTiming.Run(rest);
        return 0;
    case ["attention", .. string[] rest]:
        return AttentionTiming.Run(new Arguments(rest));
    case ["peer", .. string[] rest]:
        return PeerTiming.Run(new Arguments(rest));
    case ["cold-start", .. string[] rest]:
        return ColdStart.Run(new Arguments(rest));
    case ["serve", .. string[] rest]:
        return ServePeer.Run(new Arguments(rest));
    case ["memory", .. string[] rest]:
        return MemoryUse.Run(new Arguments(rest));
    default:
        BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
        return 0;
}
