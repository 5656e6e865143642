using System.Text.Json;

namespace Millrace.Server.Prices;

/// <summary>Reads price lists. What it does not know it refuses: a misspelt price would be a price of zero.</summary>
static class PriceListReader
{
    const int LongestShown = 40;

    public static PriceList Read(string file, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(utf8);
            return Root(file, document.RootElement);
        }
        catch (JsonException exception)
        {
            throw new PriceListException(file, "the file", "JSON", $"an error in line {exception.LineNumber + 1}");
        }
    }

    static PriceList Root(string file, JsonElement root)
    {
        string? currency = null;
        Dictionary<string, ModelPrice>? prices = null;
        foreach ((string name, JsonElement value) in Members(file, "the file", root))
        {
            switch (name)
            {
                case "currency":
                    currency = Currency(file, value);
                    break;
                case "prices":
                    prices = Prices(file, value);
                    break;
                default:
                    throw new PriceListException(file, name, "one of the keys currency, prices", "an unknown key");
            }
        }

        return new PriceList(
            currency ?? throw new PriceListException(file, "currency", "three capital letters", "nothing"),
            prices ?? throw new PriceListException(file, "prices", "prices by model", "nothing"));
    }

    static string Currency(string file, JsonElement value) =>
        value.ValueKind == JsonValueKind.String && value.GetString() is { Length: 3 } text && text.All(char.IsAsciiLetterUpper)
            ? text
            : throw new PriceListException(file, "currency", "three capital letters", Shown(value));

    static Dictionary<string, ModelPrice> Prices(string file, JsonElement value)
    {
        Dictionary<string, ModelPrice> prices = new(StringComparer.Ordinal);
        foreach ((string model, JsonElement price) in Members(file, "prices", value))
        {
            prices.Add(model, Price(file, $"prices.{model}", price));
        }

        return prices;
    }

    static ModelPrice Price(string file, string path, JsonElement value)
    {
        long? input = null, cached = null, output = null;
        foreach ((string name, JsonElement amount) in Members(file, path, value))
        {
            switch (name)
            {
                case "input":
                    input = Amount(file, $"{path}.input", amount);
                    break;
                case "cached_input":
                    cached = Amount(file, $"{path}.cached_input", amount);
                    break;
                case "output":
                    output = Amount(file, $"{path}.output", amount);
                    break;
                default:
                    throw new PriceListException(file, $"{path}.{name}", "one of the keys input, cached_input, output", "an unknown key");
            }
        }

        long inputPrice = input ?? throw new PriceListException(file, $"{path}.input", Allowed, "nothing");
        return new(inputPrice, cached ?? inputPrice, output ?? throw new PriceListException(file, $"{path}.output", Allowed, "nothing"));
    }

    static string Allowed => $"a whole number of micro-units for a million tokens, from 0 to {ModelPrice.Most}";

    static long Amount(string file, string path, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long amount) && amount is >= 0 and <= ModelPrice.Most
            ? amount
            : throw new PriceListException(file, path, Allowed, Shown(value));

    static IEnumerable<(string Name, JsonElement Value)> Members(string file, string path, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object)
        {
            throw new PriceListException(file, path, "an object", Shown(value));
        }

        HashSet<string> seen = new(StringComparer.Ordinal);
        foreach (JsonProperty member in value.EnumerateObject())
        {
            yield return seen.Add(member.Name)
                ? (member.Name, member.Value)
                : throw new PriceListException(file, path == "the file" ? member.Name : $"{path}.{member.Name}", "each key once", "it twice");
        }
    }

    static string Shown(JsonElement value) => value.GetRawText() is { Length: > LongestShown } text ? text[..LongestShown] + "…" : value.GetRawText();
}
