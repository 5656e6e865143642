using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Server.Ollama;

/// <summary>What Ollama's clients ask about models: <c>/api/tags</c>, <c>/api/ps</c>, <c>/api/show</c>.</summary>
sealed class ModelEndpoints(ModelRegistry registry, OllamaModels models, TimeProvider clock)
{
    static readonly Parameter Verbose = Parameter.Flag("verbose", "Whether lists of metadata are shown too.");

    // What Ollama says of a model that stays for ever: 2^63 nanoseconds from now.
    static readonly TimeSpan ForEver = TimeSpan.FromTicks(long.MaxValue / TimeSpan.NanosecondsPerTick);

    /// <summary>The version.</summary>
    public static Task VersionAsync(HttpContext context) => OllamaApi.WriteAsync(context, static json => json.WriteString("version"u8, OllamaApi.Version));

    /// <summary>Models on disk whose headers can be read.</summary>
    public Task ListAsync(HttpContext context) => WriteAllAsync(context, registry.List(), static (json, model) =>
    {
        json.WriteString("modified_at"u8, model.Details!.Files.Written.UtcDateTime);
        WriteFiles(json, model.Details.Files.Bytes, model.Details);
    });

    /// <summary>Models in memory.</summary>
    public Task RunningAsync(HttpContext context) => WriteAllAsync(context, registry.List().Where(static model => model.Needs is not null), (json, model) =>
    {
        WriteFiles(json, model.Needs!.Total + model.Needs.Mapped, model.Details!);
        json.WriteString("expires_at"u8, model.ExpiresAt?.UtcDateTime ?? clock.GetUtcNow().UtcDateTime + ForEver);
        json.WriteNumber("size_vram"u8, 0);
        json.WriteNumber("context_length"u8, model.Context ?? 0);
    });

    /// <summary>One model.</summary>
    public async Task ShowAsync(HttpContext context)
    {
        using JsonDocument body = await RequestBody.ReadAsync(context, anyType: true);
        RequestFields fields = new(body.RootElement);
        string name = OllamaRequest.ReadModel(fields);
        ModelStatus model = registry.Find(models.Resolve(name))!;
        if (model.Details is not { } details)
        {
            throw new InferenceException(Refusal.Unavailable, $"model '{ModelRegistry.Shown(name)}' cannot be read") { Parameter = "model" };
        }

        ModelHeader header = ModelHeader.Read(model.Options.Path, fields.Flag(Verbose) ?? false);
        await OllamaApi.WriteAsync(context, json =>
        {
            json.WriteString("modelfile"u8, $"# Modelfile for {model.Name}, which Millrace does not read\nFROM {model.Name}\n");
            json.WriteString("parameters"u8, "");
            json.WriteString("template"u8, details.Template ?? "{{ .Prompt }}");
            WriteDetails(json, details);
            header.WriteInfo(json, details);
            header.WriteTensors(json);
            json.WriteStartArray("capabilities"u8);
            json.WriteStringValue("completion"u8);
            json.WriteStringValue("embedding"u8);
            json.WriteEndArray();
            json.WriteString("modified_at"u8, details.Files.Written.UtcDateTime);
        });
    }

    static Task WriteAllAsync(HttpContext context, IEnumerable<ModelStatus> models, Action<Utf8JsonWriter, ModelStatus> write) => OllamaApi.WriteAsync(context, json =>
    {
        json.WriteStartArray("models"u8);
        foreach (ModelStatus model in models.Where(static model => model.Details is not null))
        {
            json.WriteStartObject();
            json.WriteString("name"u8, OllamaModels.NameOf(model));
            json.WriteString("model"u8, OllamaModels.NameOf(model));
            write(json, model);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    });

    static void WriteFiles(Utf8JsonWriter json, long size, ModelDetails details)
    {
        json.WriteNumber("size"u8, size);
        json.WriteString("digest"u8, details.Files.Hash);
        WriteDetails(json, details);
    }

    static void WriteDetails(Utf8JsonWriter json, ModelDetails details)
    {
        json.WriteStartObject("details"u8);
        json.WriteString("parent_model"u8, "");
        json.WriteString("format"u8, details.Format);
        json.WriteString("family"u8, details.Architecture);
        json.WriteStartArray("families"u8);
        json.WriteStringValue(details.Architecture);
        json.WriteEndArray();
        json.WriteString("parameter_size"u8, details.ParameterSize);
        json.WriteString("quantization_level"u8, details.Quantization);
        json.WriteEndObject();
    }
}
