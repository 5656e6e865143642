using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Millrace.Server.Inference;
using Millrace.Server.Keys;
using Millrace.Server.Ledger;

namespace Millrace.Server.Hosting;

/// <summary><c>GET /v1/usage?by=key|model|day|class|tenant&amp;from=&amp;to=</c>: sums of the ledger, of the caller's own key; of all for administrators.</summary>
sealed class UsageEndpoint(LedgerReader ledger, ServerOptions options)
{
    /// <summary>Maps the route.</summary>
    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/v1/usage", (HttpContext context, UsageEndpoint endpoint) => endpoint.HandleAsync(context)).WithSummary("What was used and what it cost, by key, model and day");

    async Task HandleAsync(HttpContext context)
    {
        Caller caller = context.Features.Get<Caller>()!;
        try
        {
            UsageQuery query = new()
            {
                By = Grouping(context.Request.Query["by"].ToString()),
                From = Time(context.Request, "from"),
                To = Time(context.Request, "to"),
                Key = caller.Scopes.HasFlag(KeyScopes.Admin) ? null : caller.KeyId,
            };
            IReadOnlyList<UsageRow> rows = await Task.Run(() => ledger.Usage(query));
            await AdminJson.WriteAsync(context, json => Write(json, rows));
        }
        catch (InferenceException refusal)
        {
            await RefusalWriter.WriteAsync(context, refusal);
        }
    }

    void Write(Utf8JsonWriter json, IReadOnlyList<UsageRow> rows)
    {
        json.WriteString("object"u8, "list"u8);
        json.WriteString("currency"u8, options.Prices.Currency);
        json.WriteStartArray("data"u8);
        foreach (UsageRow row in rows)
        {
            json.WriteStartObject();
            json.WriteString("group"u8, row.Group);
            json.WriteNumber("requests"u8, row.Requests);
            json.WriteNumber("recovered"u8, row.Recovered);
            json.WriteNumber("prompt_tokens"u8, row.PromptTokens);
            json.WriteNumber("cached_tokens"u8, row.CachedTokens);
            json.WriteNumber("completion_tokens"u8, row.CompletionTokens);
            json.WriteNumber("price_micros"u8, row.Charge.Total);
            json.WriteNumber("weight_bytes"u8, row.Consumption.WeightBytes);
            json.WriteNumber("kv_bytes_read"u8, row.Consumption.KvBytesRead);
            json.WriteNumber("kv_bytes_written"u8, row.Consumption.KvBytesWritten);
            json.WriteNumber("kv_byte_seconds"u8, row.Consumption.KvByteSeconds);
            json.WriteString("flops"u8, row.Flops.ToString(CultureInfo.InvariantCulture)); // beyond what JSON's readers hold
            json.WriteNumber("compute_microseconds"u8, row.Consumption.ComputeMicroseconds);
            json.WriteNumber("energy_microjoules"u8, row.Consumption.EnergyMicrojoules);
            json.WriteNumber("decode_microseconds"u8, row.DecodeMicroseconds);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    static UsageGrouping Grouping(string by) => by switch
    {
        "" => UsageGrouping.None,
        "key" => UsageGrouping.Key,
        "tenant" => UsageGrouping.Tenant,
        "model" => UsageGrouping.Model,
        "day" => UsageGrouping.Day,
        "class" => UsageGrouping.Class,
        _ => throw new InferenceException(Refusal.Invalid, "by must be key, tenant, model, day or class") { Parameter = "by" },
    };

    static DateTimeOffset? Time(HttpRequest request, string name) =>
        request.Query[name].ToString() is not { Length: > 0 } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset time) ? time
        : throw new InferenceException(Refusal.Invalid, $"{name} must be a date or a time, as 2026-11-24 or 2026-11-24T12:00:00Z") { Parameter = name };
}
