using System.Security.Cryptography;
using System.Text;

namespace Millrace.Server.Prices;

/// <summary>What tokens cost, by model.</summary>
public sealed class PriceList
{
    /// <summary>The name that stands for every model without a price of its own.</summary>
    public const string AnyModel = "*";

    readonly Dictionary<string, ModelPrice> _prices;

    /// <summary>Creates a list.</summary>
    /// <param name="currency">Three capital letters (ISO 4217); null where nothing costs anything.</param>
    /// <param name="prices">Prices by model; <see cref="AnyModel"/> is all others.</param>
    public PriceList(string? currency, IReadOnlyDictionary<string, ModelPrice> prices)
    {
        Currency = currency;
        _prices = new(prices, StringComparer.Ordinal);
        Version = VersionOf(currency, _prices);
    }

    /// <summary>The list by which everything is free.</summary>
    public static PriceList Free { get; } = new(null, new Dictionary<string, ModelPrice>());

    /// <summary>The currency of all prices; null where nothing costs anything.</summary>
    public string? Currency { get; }

    /// <summary>Names the list's content: <c>free</c>, or the currency and the first 12 hexadecimal digits of the SHA-256 of its prices. Lists that say the same, in whatever order and layout, have the same version.</summary>
    public string Version { get; }

    /// <summary>The price of a model: its own, else that of any model, else nothing.</summary>
    public ModelPrice Of(string model) => _prices.TryGetValue(model, out ModelPrice price) ? price : _prices.GetValueOrDefault(AnyModel);

    /// <summary>Reads a list from a JSON file, as docs/ledger.md describes it.</summary>
    /// <exception cref="PriceListException">A key is missing, unknown, doubled, or has a wrong value; the message names it.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static PriceList Read(string path) => PriceListReader.Read(path, File.ReadAllBytes(path));

    static string VersionOf(string? currency, Dictionary<string, ModelPrice> prices)
    {
        if (currency is null)
        {
            return "free";
        }

        StringBuilder text = new(currency);
        foreach ((string model, ModelPrice price) in prices.OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            // Lengths keep names from running into numbers.
            text.Append(System.Globalization.CultureInfo.InvariantCulture, $"\n{model.Length}:{model} {price.Input} {price.CachedInput} {price.Output}");
        }

        return $"{currency}-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())))[..12]}";
    }
}
