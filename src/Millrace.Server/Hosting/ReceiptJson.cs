using System.Text.Json;
using Millrace.Server.Ledger;

namespace Millrace.Server.Hosting;

/// <summary>Receipts as every API shows them: whole numbers, whose names end in their unit.</summary>
static class ReceiptJson
{
    /// <summary>Writes a receipt as an object.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="receipt">The receipt.</param>
    /// <param name="currency">The currency of the prices; null where nothing costs anything.</param>
    public static void Write(Utf8JsonWriter json, Receipt receipt, string? currency)
    {
        Outcome outcome = receipt.Outcome;
        Consumption spent = outcome.Consumption;
        json.WriteStartObject();
        json.WriteString("id"u8, receipt.Id.ToString());
        json.WriteNumber("sequence"u8, receipt.Sequence);
        json.WriteString("model"u8, receipt.Model);
        json.WriteString("class"u8, Name(receipt.Class));
        json.WriteString("ending"u8, Name(outcome.Ending));
        json.WriteStartObject("tokens"u8);
        json.WriteNumber("prompt"u8, outcome.PromptTokens);
        json.WriteNumber("cached"u8, outcome.CachedTokens);
        json.WriteNumber("completion"u8, outcome.CompletionTokens);
        json.WriteEndObject();
        json.WriteNumber("queue_microseconds"u8, outcome.QueueMicroseconds);
        json.WriteNumber("prefill_microseconds"u8, outcome.PrefillMicroseconds);
        json.WriteNumber("decode_microseconds"u8, outcome.DecodeMicroseconds);
        json.WriteNumber("weight_bytes"u8, spent.WeightBytes);
        json.WriteNumber("kv_bytes_read"u8, spent.KvBytesRead);
        json.WriteNumber("kv_bytes_written"u8, spent.KvBytesWritten);
        json.WriteNumber("flops"u8, spent.Flops);
        json.WriteNumber("kv_byte_seconds"u8, spent.KvByteSeconds);
        json.WriteNumber("compute_microseconds"u8, spent.ComputeMicroseconds);
        json.WriteNumber("energy_microjoules"u8, spent.EnergyMicrojoules);
        json.WriteBoolean("energy_measured"u8, outcome.EnergyMeasured);
        json.WriteStartObject("price"u8);
        json.WriteString("currency"u8, currency);
        json.WriteNumber("input_micros"u8, receipt.Charge.Input);
        json.WriteNumber("cached_input_micros"u8, receipt.Charge.CachedInput);
        json.WriteNumber("output_micros"u8, receipt.Charge.Output);
        json.WriteNumber("total_micros"u8, receipt.Charge.Total);
        json.WriteString("version"u8, receipt.PriceVersion);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>A value of an enumeration as it is written.</summary>
    public static string Name<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();
}
