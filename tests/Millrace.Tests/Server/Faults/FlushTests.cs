using System.Buffers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Millrace.Server.Hosting;

namespace Millrace.Tests.Server.Faults;

public sealed class FlushTests
{
    [Fact, Trait("Probe", "90")]
    public async Task A_flush_ends_once_the_system_has_the_bytes()
    {
        const int Flushes = 200;
        using TemporaryFolder folder = new();
        await using WebApplication app = MillraceServer.Create(new ServerOptions { Home = folder.Path(), Port = 0 }, static builder => builder.Logging.ClearProviders());
        TaskCompletionSource<RawConnection> connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource<int> early = new(TaskCreationOptions.RunContinuationsAsynchronously);
        app.MapGet("/probe", async (HttpContext context) =>
        {
            RawConnection client = await connected.Task;
            context.Response.ContentLength = 8 * Flushes;
            byte[] buffer = new byte[4096];
            int before = 0;
            for (int i = 0; i < Flushes; i++)
            {
                context.Response.BodyWriter.Write(new byte[8]);
                await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
                before += client.Socket.Available == 0 ? 1 : 0;
                await client.Socket.ReceiveAsync(buffer, context.RequestAborted);
            }

            early.SetResult(before);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        using RawConnection connection = await RawConnection.OpenAsync(new Uri(app.Urls.Single()));
        connected.SetResult(connection);
        await connection.SendAsync("GET /probe HTTP/1.1\r\nHost: localhost\r\n\r\n");
        // With a buffer between, all of them; a busy system may deliver a few of its own bytes late.
        Assert.InRange(await early.Task.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken), 0, Flushes / 10);
    }
}
