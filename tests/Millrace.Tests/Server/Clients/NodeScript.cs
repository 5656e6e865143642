using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Server.Clients;

/// <summary>Runs a script of this folder with node against a server. Packages lie in <c>artifacts/peers/node_modules</c> of the repository, or in the folder that the environment variable MILLRACE_PEERS names; <c>.ci/run</c> installs them.</summary>
/// <remarks>A script gets the folder of the packages and the server's address, and writes one JSON value.</remarks>
static class NodeScript
{
    static readonly TimeSpan Limit = TimeSpan.FromSeconds(40);

    static string Modules { get; } = Environment.GetEnvironmentVariable("MILLRACE_PEERS") is { Length: > 0 } named ? named : Path.Combine(Repository.Root, "artifacts", "peers", "node_modules");

    /// <summary>The path of a file in the folder of the packages.</summary>
    public static string Package(string file) => Path.Combine(Modules, file);

    /// <summary>What a script writes; the test is skipped where node or a package is missing.</summary>
    /// <param name="script">The name of the script, without <c>.mjs</c>.</param>
    /// <param name="packages">The packages it needs.</param>
    /// <param name="address">The server's address.</param>
    /// <param name="arguments">What else the script gets.</param>
    public static async Task<JsonNode> RunAsync(string script, string[] packages, Uri address, params string[] arguments)
    {
        foreach (string package in packages)
        {
            Assert.SkipUnless(Directory.Exists(Path.Combine(Modules, package)), $"{Modules} lacks the npm package {package}: .ci/run installs it");
        }

        string path = Path.Combine(Repository.Root, "tests", "Millrace.Tests", "Server", "Clients", script + ".mjs");
        using Process node = Start(new ProcessStartInfo("node", [path, Modules, address.ToString(), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            Task<string> errors = node.StandardError.ReadToEndAsync(limit.Token);
            string output = await node.StandardOutput.ReadToEndAsync(limit.Token);
            await node.WaitForExitAsync(limit.Token);
            Assert.True(node.ExitCode == 0, $"{script}.mjs ended with {node.ExitCode}:\n{output}\n{await errors}");
            return JsonNode.Parse(output)!;
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill();
            }
        }
    }

    static Process Start(ProcessStartInfo info)
    {
        try
        {
            return Process.Start(info)!;
        }
        catch (Win32Exception)
        {
            Assert.Skip("node is not installed");
            throw;
        }
    }
}
