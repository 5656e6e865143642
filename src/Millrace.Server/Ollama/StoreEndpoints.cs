using System.Buffers;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;
using Millrace.Server.Store;

namespace Millrace.Server.Ollama;

/// <summary><c>/api/pull</c> and <c>/api/delete</c>: models come from a hub with Hugging Face's addresses, named <c>owner/name</c> or <c>owner/name:QUANT</c>, as Ollama's users know them behind <c>hf.co/</c>.</summary>
sealed class StoreEndpoints(ServerOptions options, ModelRegistry registry, TimeProvider clock)
{
    /// <summary>Lines of progress come no faster.</summary>
    static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    static readonly Parameter Stream = Parameter.Flag("stream", "Whether the progress comes in pieces; it does unless told otherwise.");
    static readonly string[] Hubs = ["hf.co/", "huggingface.co/"];

    readonly LocalModels _pulled = new(options.PulledModels);

    /// <summary>Pulls a model.</summary>
    public async Task PullAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context, anyType: true);
        RequestFields fields = new(body.RootElement);
        ModelName name = ReadName(fields);
        bool stream = fields.Flag(Stream) ?? true;
        Channel<PullProgress> progress = Channel.CreateBounded<PullProgress>(new BoundedChannelOptions(64) { SingleReader = true, FullMode = BoundedChannelFullMode.DropOldest });
        Task<Manifest> pull = PullAsync(name, progress.Writer, context.RequestAborted);
        if (!stream)
        {
            await Refusing(pull);
            await OllamaApi.WriteAsync(context, static json => json.WriteString("status"u8, "success"u8));
            return;
        }

        context.Response.ContentType = "application/x-ndjson";
        await LineAsync(context, static json => json.WriteString("status"u8, "pulling manifest"u8));
        (PullProgress Step, long At) last = (default, clock.GetTimestamp());
        await foreach (PullProgress step in progress.Reader.ReadAllAsync(context.RequestAborted))
        {
            if (step.File != last.Step.File || step.Stage != last.Step.Stage || clock.GetElapsedTime(last.At) >= Pause)
            {
                last = (step, clock.GetTimestamp());
                await LineAsync(context, json => WriteProgress(json, step));
            }
        }

        try
        {
            await Refusing(pull);
            await LineAsync(context, static json => json.WriteString("status"u8, "writing manifest"u8));
            await LineAsync(context, static json => json.WriteString("status"u8, "success"u8));
        }
        catch (InferenceException refusal)
        {
            await LineAsync(context, json => json.WriteString("error"u8, refusal.Message));
        }
    }

    /// <summary>Removes a model that was pulled, once its requests have ended.</summary>
    public async Task DeleteAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context, anyType: true);
        ModelName name = ReadName(new RequestFields(body.RootElement));
        if (_pulled.Find(name) is null)
        {
            throw new InferenceException(Refusal.ModelNotFound, $"model '{name}' not found") { Parameter = "model" };
        }

        await registry.UnloadAsync(name.ToString(), context.RequestAborted);
        await Refusing(_pulled.RemoveAsync(name, context.RequestAborted));
    }

    static ModelName ReadName(RequestFields fields)
    {
        string text = OllamaRequest.ReadModel(fields);
        string bare = Hubs.FirstOrDefault(hub => text.StartsWith(hub, StringComparison.OrdinalIgnoreCase)) is { } hub ? text[hub.Length..] : text;
        return ModelName.TryParse(bare)
            ?? throw new InferenceException(Refusal.Invalid, $"'{ModelRegistry.Shown(text)}' is no name of a hub's model: owner/name, or owner/name:QUANT") { Parameter = "model" };
    }

    /// <summary>Pulls, and ends the progress.</summary>
    async Task<Manifest> PullAsync(ModelName name, ChannelWriter<PullProgress> progress, CancellationToken cancellationToken)
    {
        try
        {
            return await new ModelPull(_pulled, options.Pull).RunAsync(name, new ToChannel(progress), cancellationToken);
        }
        finally
        {
            progress.Complete();
        }
    }

    async Task Refusing(Task task)
    {
        try
        {
            await task;
        }
        catch (StoreException error)
        {
            throw new InferenceException(Refusal.Unavailable, error.Message.Replace(options.PulledModels, "the model folder", StringComparison.Ordinal));
        }
    }

    static void WriteProgress(Utf8JsonWriter json, PullProgress step)
    {
        json.WriteString("status"u8, step.Stage == PullStage.Verifying ? "verifying sha256 digest" : $"pulling {step.File}");
        json.WriteString("digest"u8, step.File);
        json.WriteNumber("total"u8, step.Total);
        json.WriteNumber("completed"u8, step.Stage is PullStage.Verifying or PullStage.Done ? step.Total : step.Done);
    }

    static async Task LineAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        await using (Utf8JsonWriter json = new(context.Response.BodyWriter, OllamaApi.Relaxed))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        context.Response.BodyWriter.Write("\n"u8);
        await context.Response.BodyWriter.FlushAsync(context.RequestAborted);
    }

    sealed class ToChannel(ChannelWriter<PullProgress> writer) : IProgress<PullProgress>
    {
        public void Report(PullProgress value) => writer.TryWrite(value);
    }
}
