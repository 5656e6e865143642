using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Hosting;
using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>Registers the pipeline and what it stands on.</summary>
static class InferenceServices
{
    /// <summary>The file of the ledger, in the home folder.</summary>
    public const string LedgerName = "ledger.db";

    /// <summary>Registers the pipeline and what it stands on.</summary>
    public static IServiceCollection AddInference(this IServiceCollection services) => services
        .AddSingleton(static provider =>
        {
            ServerOptions options = provider.GetRequiredService<ServerOptions>();
            return UsageLedger.Open(Path.Combine(options.Home, LedgerName), options.TimeProvider, options.Prices.Currency);
        })
        .AddSingleton<RunningRequests>()
        .AddSingleton(static provider => new CacheSalts(provider.GetRequiredService<ServerOptions>().Home))
        .AddSingleton(static provider => new InferencePipeline(
            provider.GetRequiredService<ServerOptions>(),
            provider.GetRequiredService<UsageLedger>(),
            provider.GetRequiredService<RunningRequests>(),
            provider.GetRequiredService<CacheSalts>()));
}
