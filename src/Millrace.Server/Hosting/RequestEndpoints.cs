using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;

namespace Millrace.Server.Hosting;

/// <summary><c>/v1/requests/{id}</c>: how a request went, and why. A tenant sees its own; of others not even that they are there.</summary>
sealed class RequestEndpoints(RequestLog log, RunningRequests running, ServerOptions options)
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/requests/{id}", (HttpContext context, string id, RequestEndpoints endpoints) => endpoints.GetAsync(context, id, explain: false)).WithSummary("How a request stands or went, and its receipt");
        routes.MapGet("/v1/requests/{id}/explain", (HttpContext context, string id, RequestEndpoints endpoints) => endpoints.GetAsync(context, id, explain: true)).WithSummary("The same, and why: what was cached, what ran, what was waited for");
        routes.MapDelete("/v1/requests/{id}", (HttpContext context, string id, RequestEndpoints endpoints) => endpoints.CancelAsync(context, id)).RequireScope(KeyScopes.Admin).WithSummary("Cancels a request that runs");
    }

    Task GetAsync(HttpContext context, string id, bool explain) =>
        Find(context, id) is { } record
            ? AdminJson.WriteAsync(context, json => Write(json, record, explain))
            : NotFoundAsync(context);

    Task CancelAsync(HttpContext context, string id)
    {
        if (Find(context, id) is not { } record)
        {
            return NotFoundAsync(context);
        }

        InferenceRun? run = running.Find(record.Id);
        run?.Abort(new(Refusal.Cancelled, "An administrator cancelled the request"));
        return AdminJson.WriteAsync(context, json =>
        {
            json.WriteString("id"u8, record.Id.ToString());
            json.WriteBoolean("cancelled"u8, run is not null);
        });
    }

    RequestRecord? Find(HttpContext context, string id)
    {
        Caller caller = context.Features.Get<Caller>()!;
        return RequestId.TryParse(AfterPrefix(id), out RequestId parsed) && log.Find(parsed) is { } record && (record.Tenant == caller.Tenant || caller.Scopes.HasFlag(KeyScopes.Admin))
            ? record
            : null;
    }

    /// <summary>APIs put their own prefix before the server's id: <c>chatcmpl-</c>.</summary>
    static string AfterPrefix(string id) => id[(id.LastIndexOf('-') + 1)..];

    static Task NotFoundAsync(HttpContext context) =>
        RefusalWriter.WriteAsync(context, new InferenceException(Refusal.NotFound, "There is no such request, or it is no longer remembered"));

    void Write(Utf8JsonWriter json, RequestRecord record, bool explain)
    {
        json.WriteString("id"u8, record.Id.ToString());
        json.WriteString("object"u8, "request"u8);
        json.WriteNumber("created"u8, record.Created.ToUnixTimeSeconds());
        json.WriteString("status"u8, record.Receipt is null ? "running"u8 : "ended"u8);
        json.WriteString("operation"u8, record.Operation);
        json.WriteString("model"u8, record.Model);
        json.WriteString("class"u8, ReceiptJson.Name(record.Class));
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, record.Usage.PromptTokens);
        json.WriteNumber("cached_tokens"u8, record.Usage.CachedTokens);
        json.WriteNumber("completion_tokens"u8, record.Usage.CompletionTokens);
        json.WriteEndObject();
        json.WritePropertyName("receipt"u8);
        if (record.Receipt is null)
        {
            json.WriteNullValue();
        }
        else
        {
            ReceiptJson.Write(json, record.Receipt, options.Prices.Currency);
        }

        if (explain)
        {
            ExplanationJson.Write(json, record);
        }
    }
}
