using Microsoft.Extensions.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Hosting;

/// <summary>When the server is told to stop, lets requests end while it still listens: new ones get 503 and when to try again, and only then the connections close.</summary>
sealed class DrainService(RunningRequests running, ServerOptions options) : IHostedLifecycleService
{
    /// <summary>What the host may take beyond the drain.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromSeconds(10);

    public Task StoppingAsync(CancellationToken cancellationToken) => running.DrainAsync(options.DrainTimeout, cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
