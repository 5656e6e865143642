using Microsoft.Extensions.DependencyInjection;
using Millrace.Server.Models;

namespace Millrace.Tests.Server;

static class TestServerTokens
{
    /// <summary>Tokens of a text in which the names of control tokens are these tokens.</summary>
    public static int Tokens(this TestServer server, string text)
    {
        using ModelLease model = server.Services.GetRequiredService<ModelRegistry>().AcquireAsync(TestServer.Model, TestContext.Current.CancellationToken).AsTask().GetAwaiter().GetResult();
        return model.Engine.Tokenizer.Encode(text, addSpecial: false, parseSpecial: true).Count;
    }
}
