using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;
using Millrace.Tokenization;

namespace Millrace.Server.LlamaServer;

/// <summary>What the server is and does: <c>/health</c>, <c>/props</c>, <c>/slots</c>, <c>/version</c>; and what it holds: <c>/models/load</c>, <c>/models/unload</c>.</summary>
sealed class StateEndpoints(ModelRegistry registry, ModelPick pick, ServerHealth health)
{
    static readonly Parameter Model = Parameter.Text("model", int.MaxValue, "The model.");
    static readonly string Version = typeof(StateEndpoints).Assembly.GetName().Version!.ToString(3);

    /// <summary>The version.</summary>
    public static Task VersionAsync(HttpContext context) => LlamaServerApi.WriteAsync(context, static json => json.WriteString("version"u8, Version));

    /// <summary>Whether requests are answered.</summary>
    public Task HealthAsync(HttpContext context)
    {
        pick.ThrowIfStarting();
        return health.Problems() is [var problem, ..]
            ? throw new InferenceException(Refusal.Unavailable, problem)
            : LlamaServerApi.WriteAsync(context, static json => json.WriteString("status"u8, "ok"u8));
    }

    /// <summary>How a model runs. Where it lies is nobody's business: <c>model_path</c> is its name.</summary>
    public async Task PropertiesAsync(HttpContext context)
    {
        using ModelLease model = await pick.AcquireAsync(Named(context), context);
        Engine engine = model.Engine;
        ModelDetails? details = registry.Find(model.Name)?.Details;
        await LlamaServerApi.WriteAsync(context, json =>
        {
            json.WriteStartObject("default_generation_settings"u8);
            json.WriteNumber("n_ctx"u8, engine.Context);
            json.WriteStartObject("params"u8);
            json.WriteNumber("n_predict"u8, -1);
            json.WriteNumber("temperature"u8, 1);
            json.WriteNumber("top_k"u8, 0);
            json.WriteNumber("top_p"u8, 1);
            json.WriteNumber("min_p"u8, 0);
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteNumber("total_slots"u8, engine.Options.MaxSequences);
            json.WriteString("model_alias"u8, model.Name);
            json.WriteString("model_path"u8, model.Name);
            json.WriteString("chat_template"u8, details?.Template ?? "");
            json.WriteString("bos_token"u8, Piece(engine.Tokenizer, engine.Tokenizer.Special.Bos));
            json.WriteString("eos_token"u8, Piece(engine.Tokenizer, engine.Tokenizer.Special.Eos));
            json.WriteStartObject("modalities"u8);
            json.WriteBoolean("vision"u8, false);
            json.WriteBoolean("audio"u8, false);
            json.WriteEndObject();
            json.WriteString("build_info"u8, $"millrace-{Version}");
        });
    }

    /// <summary>The places of sequences that run together, busy or not; of the requests in them nothing is told.</summary>
    public async Task SlotsAsync(HttpContext context)
    {
        using ModelLease model = await pick.AcquireAsync(Named(context), context);
        int places = model.Engine.Options.MaxSequences;
        int busy = Math.Min(places, (registry.Find(model.Name)?.Requests ?? 1) - 1); // this request holds the model too
        if (busy == places && context.Request.Query.ContainsKey("fail_on_no_slot"))
        {
            throw new InferenceException(Refusal.Busy, "no slot available");
        }

        await LlamaServerApi.WriteValueAsync(context, json =>
        {
            json.WriteStartArray();
            for (int i = 0; i < places; i++)
            {
                json.WriteStartObject();
                json.WriteNumber("id"u8, i);
                json.WriteNumber("id_task"u8, -1);
                json.WriteNumber("n_ctx"u8, model.Engine.Context);
                json.WriteBoolean("speculative"u8, false);
                json.WriteBoolean("is_processing"u8, i < busy);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        });
    }

    /// <summary><c>POST /models/load</c>.</summary>
    public async Task LoadAsync(HttpContext context) => await LoadAsync(context, await ReadModelAsync(context));

    /// <summary><c>POST /models/unload</c>.</summary>
    public async Task UnloadAsync(HttpContext context) => await UnloadAsync(context, await ReadModelAsync(context));

    /// <summary><c>POST /v1/models/{id}/load</c> and <c>/unload</c>; an id may have slashes of its own.</summary>
    public Task ModelActionAsync(HttpContext context)
    {
        string path = ((string)context.Request.RouteValues["id"]!).Replace("%2F", "/", StringComparison.OrdinalIgnoreCase); // the one escape that routes keep
        int slash = path.LastIndexOf('/');
        return (slash < 0 ? "" : path[(slash + 1)..]) switch
        {
            "load" => LoadAsync(context, path[..slash]),
            "unload" => UnloadAsync(context, path[..slash]),
            _ => throw new InferenceException(Refusal.ModelNotFound, "There is no such action: 'load' and 'unload' there are"),
        };
    }

    async Task LoadAsync(HttpContext context, string name)
    {
        (await registry.AcquireAsync(name, context.RequestAborted)).Dispose();
        await SucceedAsync(context);
    }

    async Task UnloadAsync(HttpContext context, string name)
    {
        await registry.UnloadAsync(name, context.RequestAborted);
        await SucceedAsync(context);
    }

    static Task SucceedAsync(HttpContext context) => LlamaServerApi.WriteAsync(context, static json => json.WriteBoolean("success"u8, true));

    static async Task<string> ReadModelAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context);
        RequestFields fields = new(body.RootElement);
        fields.Require(Model.Name);
        return fields.Text(Model)!;
    }

    static string? Named(HttpContext context) => context.Request.Query["model"] is [{ Length: > 0 } name, ..] ? name : null;

    static string Piece(Tokenizer tokenizer, int? token) => token is { } known ? Encoding.UTF8.GetString(tokenizer.Piece(known)) : "";
}
