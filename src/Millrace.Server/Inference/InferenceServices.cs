using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Hosting;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;
using Millrace.Server.Limits;
using Millrace.Server.Metrics;

namespace Millrace.Server.Inference;

/// <summary>Registers the pipeline and what it stands on.</summary>
static class InferenceServices
{
    /// <summary>Registers the pipeline and what it stands on.</summary>
    public static IServiceCollection AddInference(this IServiceCollection services) => services
        .AddSingleton(static provider =>
        {
            ServerOptions options = provider.GetRequiredService<ServerOptions>();
            return UsageLedger.Open(Path.Combine(options.Home, UsageLedger.FileName), options.TimeProvider, options.Prices.Currency);
        })
        .AddSingleton(static provider =>
        {
            ServerOptions options = provider.GetRequiredService<ServerOptions>();
            return KeyStore.Open(Path.Combine(options.Home, UsageLedger.FileName), options.TimeProvider);
        })
        .AddSingleton(static provider =>
        {
            UsageLedger ledger = provider.GetRequiredService<UsageLedger>();
            return new KeyLimiter(provider.GetRequiredService<TimeProvider>(), key => ledger.BalanceOf(key).Spent);
        })
        .AddSingleton<ServerMetrics>()
        .AddSingleton<RunningRequests>()
        .AddSingleton<RequestLog>()
        .AddSingleton<RequestWatch>()
        .AddSingleton(static provider => LedgerReader.Open(provider.GetRequiredService<UsageLedger>().Path))
        .AddSingleton(static provider => new CacheSalts(provider.GetRequiredService<ServerOptions>().Home))
        .AddSingleton(static provider => new InferencePipeline(
            provider.GetRequiredService<ServerOptions>(),
            provider.GetRequiredService<UsageLedger>(),
            provider.GetRequiredService<KeyLimiter>(),
            provider.GetRequiredService<RunningRequests>(),
            provider.GetRequiredService<RequestLog>(),
            provider.GetRequiredService<CacheSalts>(),
            provider.GetRequiredService<ServerMetrics>()));
}
