using Millrace.Benchmarks;

if (args is ["products", .. string[] rest])
{
    ProductTiming.Run(rest);
    return;
}

BenchmarkDotNet.Running.BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
