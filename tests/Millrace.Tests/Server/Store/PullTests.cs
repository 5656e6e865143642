using Millrace.Server.Hosting;
using Millrace.Server.Models;
using Millrace.Server.Store;

namespace Millrace.Tests.Server.Store;

/// <summary>Pulls from a hub that behaves.</summary>
public sealed class PullTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly LocalModels _models;

    public PullTests() => _models = new LocalModels(_folder.Path("models"));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task File_is_fetched_in_ranges_over_several_connections()
    {
        await using StubHub hub = await StubHub.StartAsync();
        byte[] content = hub.Add("m-Q4_0.gguf", 1_000_003);
        int now = 0, most = 0;
        TaskCompletionSource together = new(TaskCreationOptions.RunContinuationsAsynchronously);
        hub.Misbehave = async (context, number, bytes) =>
        {
            // After the first, which is alone, three are held until all three are there.
            most = Math.Max(most, Interlocked.Increment(ref now));
            if (number > 0 && now == 3)
            {
                together.TrySetResult();
            }

            await (number == 0 ? Task.CompletedTask : together.Task.WaitAsync(TimeSpan.FromSeconds(30)));
            await hub.ServeAsync(context, bytes);
            Interlocked.Decrement(ref now);
            return true;
        };
        Manifest manifest = await PullAsync(hub, "o/n:Q4_0", Fast(hub) with { Connections = 3 });
        Assert.Equal(content, File.ReadAllBytes(_models.PathOf(manifest)));
        Assert.Equal("m-Q4_0.gguf", Path.GetFileName(_models.PathOf(manifest)));
        Assert.Equal(3, most);
        Assert.Equal(Enumerable.Range(0, 11).Select(i => (long?)i * 100_000), hub.Requests.Select(request => request.From).Order());
        Assert.Equal(("o/n:Q4_0", "Q4_0", 1_000_003), (manifest.Name, manifest.Quantization, manifest.Size));
    }

    [Fact]
    public async Task Second_pull_fetches_nothing()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", 250_000);
        await PullAsync(hub, "o/n");
        int before = hub.Requests.Count;
        await PullAsync(hub, "o/n");
        Assert.Equal((3, 3), (before, hub.Requests.Count));
        Assert.Single(_models.List());
    }

    [Fact]
    public async Task Folder_brings_what_belongs_to_it()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Files["config.json"] = """{"torch_dtype":"bfloat16"}"""u8.ToArray();
        byte[] weights = hub.Add("model.safetensors", 150_000);
        hub.Add("tokenizer.model", 20);
        hub.Add("pytorch_model.bin", 20);
        hub.Add("onnx/model.json", 20);
        Manifest manifest = await PullAsync(hub, "o/n");
        Assert.Equal(["config.json", "model.safetensors", "tokenizer.model"], manifest.Files.Select(file => file.Path));
        Assert.Equal("BF16", manifest.Quantization);
        string folder = _models.PathOf(manifest);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(folder, "model.safetensors")));
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public async Task Split_file_brings_all_parts_and_opens_at_the_first()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("Q8_0/m-Q8_0-00002-of-00002.gguf", 30, 2);
        byte[] first = hub.Add("Q8_0/m-Q8_0-00001-of-00002.gguf", 20, 1);
        hub.Add("m-Q4_0.gguf", 10, 3);
        Manifest manifest = await PullAsync(hub, "o/n:q8_0");
        Assert.Equal(2, manifest.Files.Count);
        Assert.Equal(first, File.ReadAllBytes(_models.PathOf(manifest)));
        Assert.EndsWith("m-Q8_0-00001-of-00002.gguf", _models.PathOf(manifest), StringComparison.Ordinal);
        Assert.Equal(manifest.Digest, (await PullAsync(hub, "o/n:Q8_0/m-Q8_0-00002-of-00002.gguf")).Digest);
    }

    [Theory]
    [InlineData("o/n:Q5_K_M", "no such file or quantization; there: a-Q4_0.gguf (0 MB), a-Q8_0.gguf (0 MB)", "a-Q4_0.gguf", "a-Q8_0.gguf")]
    [InlineData("o/n", "several models or none: name one as owner/name:FILE_or_QUANT", "a-Q4_0.gguf", "a-Q8_0.gguf")]
    [InlineData("o/n", "no GGUF file, nor config.json with safetensors", "README.md", "mmproj-a.gguf")]
    [InlineData("o/n:Q4_0", "several models are meant", "a-Q4_0.gguf", "b-Q4_0.gguf")]
    [InlineData("o/n", "expected 3 parts of a-00002-of-00003.gguf, found 2", "a-00001-of-00003.gguf", "a-00002-of-00003.gguf")]
    public async Task What_is_not_there_or_not_one_is_named(string name, string message, params string[] files)
    {
        await using StubHub hub = await StubHub.StartAsync();
        Array.ForEach(files, file => hub.Add(file, 10));
        Assert.Contains(message, await FailAsync(hub, name), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Several_quantizations_mean_the_usual_one()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("a-Q8_0.gguf", 10);
        hub.Add("a-Q4_K_M.gguf", 20, 2);
        Assert.Equal("Q4_K_M", (await PullAsync(hub, "o/n")).Quantization);
    }

    [Fact]
    public async Task Same_content_is_kept_once_and_goes_with_its_last_model()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("a-Q4_0.gguf", 1000);
        hub.Files["b-Q8_0.gguf"] = hub.Files["a-Q4_0.gguf"];
        await PullAsync(hub, "o/n:Q4_0");
        Manifest other = await PullAsync(hub, "o/n:Q8_0");
        Assert.Single(Blobs());
        Assert.Equal(0, (await _models.RemoveAsync(ModelName.Parse("o/n:Q4_0"), TestContext.Current.CancellationToken)).Freed);
        Assert.Equal(hub.Files["a-Q4_0.gguf"], File.ReadAllBytes(_models.PathOf(other)));
        Assert.Equal(1000, (await _models.RemoveAsync(ModelName.Parse("o/n:Q8_0"), TestContext.Current.CancellationToken)).Freed);
        Assert.Empty(Blobs());
        Assert.Empty(_models.List());
        Assert.Empty(Directory.GetDirectories(_folder.Path("models/views")));
    }

    [Fact]
    public async Task Removing_what_is_not_there_is_named() =>
        Assert.Contains("no model 'o/n' was pulled", (await Assert.ThrowsAsync<StoreException>(() => _models.RemoveAsync(ModelName.Parse("o/n"), TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task New_version_takes_the_place_of_the_old()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", 1000, 1);
        await PullAsync(hub, "o/n");
        byte[] next = hub.Add("m.gguf", 2000, 2);
        Manifest manifest = await PullAsync(hub, "o/n");
        Assert.Equal(next, File.ReadAllBytes(_models.PathOf(manifest)));
        Assert.Single(Blobs());
        Assert.Single(Directory.GetDirectories(_folder.Path("models/views")));
    }

    [Fact]
    public async Task Content_removed_while_it_is_pulled_is_fetched_again()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Files["config.json"] = "{}"u8.ToArray();
        hub.Add("model.safetensors", 10);
        bool removed = false;
        Progress progress = new(value =>
        {
            if (value is { File: "model.safetensors", Stage: PullStage.Fetching } && !removed)
            {
                removed = true;
                File.Delete(Blobs().Single(blob => new FileInfo(blob).Length == 2));
            }
        });
        Manifest manifest = await new ModelPull(_models, Fast(hub)).RunAsync(ModelName.Parse("o/n"), progress, TestContext.Current.CancellationToken);
        Assert.True(removed);
        Assert.Equal(2, Blobs().Length);
        Assert.Equal("{}", File.ReadAllText(Path.Combine(_models.PathOf(manifest), "config.json")));
    }

    [Fact, Trait("Probe", "94")]
    public async Task Two_pulls_at_once_fetch_every_byte_once()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", 950_000);
        hub.Misbehave = async (_, _, _) =>
        {
            await Task.Delay(10);
            return false;
        };
        Manifest[] both = await Task.WhenAll(PullAsync(hub, "o/n"), PullAsync(hub, "o/n"));
        Assert.Equal(both[0].Digest, both[1].Digest);
        Assert.Equal(10, hub.Requests.Count);
        Assert.Single(Blobs());
    }

    [Fact]
    public async Task Server_offers_what_was_pulled_by_its_name()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("d/m-Q4_0.gguf", 10);
        Manifest manifest = await PullAsync(hub, "o/n:Q4_0");
        ModelCatalog catalog = new(new ServerOptions { Home = _folder.Path(), ModelFolders = [_folder.Path("models")] });
        Assert.Equal(["o/n:Q4_0"], catalog.List().Select(model => model.Name));
        Assert.Equal(_models.PathOf(manifest), catalog.Find("o/n:Q4_0")!.Path);
    }

    [Fact]
    public async Task Empty_file_is_a_file()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", 0);
        Assert.Equal(0, (await PullAsync(hub, "o/n")).Size);
        Assert.Empty(hub.Requests);
    }

    [Fact]
    public async Task Progress_ends_at_the_end()
    {
        await using StubHub hub = await StubHub.StartAsync();
        hub.Add("m.gguf", 300_000);
        System.Collections.Concurrent.ConcurrentQueue<PullProgress> seen = new();
        await new ModelPull(_models, Fast(hub)).RunAsync(ModelName.Parse("o/n"), new Progress(seen.Enqueue), TestContext.Current.CancellationToken);
        Assert.Equal(300_000, seen.Where(value => value.Stage == PullStage.Fetching).Max(value => value.Done));
        Assert.Contains(seen, value => value.Stage == PullStage.Verifying);
        Assert.Equal(new PullProgress("m.gguf", PullStage.Done, 300_000, 300_000), seen.Last());
    }

    [Theory]
    [InlineData("o/n", "o/n", "latest")]
    [InlineData("Own-er_1/n.a-m_e.v2", "Own-er_1/n.a-m_e.v2", "latest")]
    [InlineData("o/n:Q4_K_M", "o/n", "Q4_K_M")]
    [InlineData("o/n:d/m-Q4_0.gguf", "o/n", "d/m-Q4_0.gguf")]
    public void Names_are_read(string text, string id, string tag)
    {
        ModelName name = ModelName.Parse(text);
        Assert.Equal((id, tag, text), (name.Id, name.Tag, name.ToString()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("story")]
    [InlineData("o/")]
    [InlineData("/n")]
    [InlineData("a/b/c")]
    [InlineData("../n")]
    [InlineData("o/..")]
    [InlineData("o/a..b")]
    [InlineData(".o/n")]
    [InlineData("o/n\0")]
    [InlineData("o/n n")]
    [InlineData("o\\p/n")]
    [InlineData("o/n:")]
    [InlineData("o/n:../x")]
    [InlineData("o/n:/etc/passwd")]
    [InlineData("o/n:a//b")]
    [InlineData("o/n:a/./b")]
    [InlineData("o/n:a\0b")]
    [InlineData("o/n:a\\b")]
    [InlineData("o/n:C:x")]
    [InlineData("o/n:x.")]
    public void Texts_that_are_no_names_are_refused(string text) => Assert.Null(ModelName.TryParse(text));

    [Theory]
    [InlineData(64, '0', true)]
    [InlineData(64, 'f', true)]
    [InlineData(63, '0', false)]
    [InlineData(65, '0', false)]
    [InlineData(64, 'F', false)]
    [InlineData(64, 'g', false)]
    [InlineData(64, '/', false)]
    [InlineData(64, '\0', false)]
    [InlineData(0, '0', false)]
    public void Digests_are_64_lower_case_digits(int length, char digit, bool valid)
    {
        Assert.Equal(valid, Digest.TryParse(new string(digit, length), out _));
        Assert.Equal(valid, Digest.TryParse(new string('0', Math.Max(0, length - 1)) + (length == 0 ? "" : digit), out _));
    }

    [Theory]
    [InlineData("gemma-3-1b-it-Q4_K_M.gguf", "Q4_K_M")]
    [InlineData("Q8_0/m-q8_0-00001-of-00002.gguf", "Q8_0")]
    [InlineData("gpt-oss-20b-mxfp4.gguf", "MXFP4")]
    [InlineData("m.IQ4_XS.gguf", "IQ4_XS")]
    [InlineData("m-bf16.gguf", "BF16")]
    [InlineData("Qwen3-0.6B.gguf", "")]
    [InlineData("model.gguf", "")]
    public void Quantizations_are_read_from_names(string path, string expected) => Assert.Equal(expected, ModelSelection.Quantization(path));

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("null")]
    [InlineData("""{"name":"o/n","source":"","quantization":"","pulled":"2026-01-01T00:00:00Z","files":[]}""")]
    [InlineData("""{"name":"o/n","source":"","quantization":"","pulled":"2026-01-01T00:00:00Z","files":[{"path":"../x","size":1,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]}""")]
    [InlineData("""{"name":"o/n","source":"","quantization":"","pulled":"2026-01-01T00:00:00Z","files":[{"path":"x","size":-1,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]}""")]
    [InlineData("""{"name":"o/n","source":"","quantization":"","pulled":"2026-01-01T00:00:00Z","files":[{"path":"x","size":1,"sha256":"../../../x"}]}""")]
    [InlineData("""{"name":"../n","source":"","quantization":"","pulled":"2026-01-01T00:00:00Z","files":[{"path":"x","size":1,"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}]}""")]
    public void Manifests_that_are_none_are_named(string json)
    {
        string path = _folder.Path("models/manifests/o/n/latest.json");
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, json);
        Assert.Contains("latest.json: expected the manifest of a model", Assert.Throws<StoreException>(() => _models.Find(ModelName.Parse("o/n"))).Message, StringComparison.Ordinal);
        Assert.Throws<StoreException>(_models.List);
        Assert.Empty(_models.ListSound());
    }

    /// <summary>Options for a test: small chunks, short pauses.</summary>
    internal static PullOptions Fast(StubHub hub) => new()
    {
        Endpoint = hub.Url,
        ChunkBytes = 100_000,
        FirstPause = TimeSpan.FromMilliseconds(1),
        StallTimeout = TimeSpan.FromSeconds(20),
        Attempts = 4,
    };

    Task<Manifest> PullAsync(StubHub hub, string name, PullOptions? options = null) =>
        new ModelPull(_models, options ?? Fast(hub)).RunAsync(ModelName.Parse(name), null, TestContext.Current.CancellationToken);

    async Task<string> FailAsync(StubHub hub, string name) => (await Assert.ThrowsAsync<StoreException>(() => PullAsync(hub, name))).Message;

    string[] Blobs() => Directory.GetFiles(_folder.Path("models/blobs"));

    sealed class Progress(Action<PullProgress> report) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => report(value);
    }
}
