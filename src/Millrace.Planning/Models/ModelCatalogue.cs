using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Planning.Models;

/// <summary>Finds models by the many ways in which their names are spelled.</summary>
public static partial class ModelCatalogue
{
    const int MostNear = 5;

    // What a name may end with and still be of the same shape.
    static readonly string[] Suffixes =
    [
        "instruct", "chat", "hf", "it", "base", "gguf", "qat", "edge", "thinking", "preview", "distill",
        "fp8", "fp8dynamic", "fp4", "nvfp4", "mxfp4", "bf16", "fp16", "f16", "int8", "int4", "uint4", "awq", "gptq", "w4a16", "w8a8", "w8a16", "4bit", "8bit", "quantized",
        "dynamic", "block", "kv", "model", "99", "99.9", "0.1", "v0.1", "v0.2", "v0.3", "2407", "2409", "2411", "2501", "2503", "2506", "2507", "0528", "0324", "turbo", "versatile", "instant",
    ];

    static readonly Dictionary<string, CatalogueModel> ByKey = Index();

    /// <summary>All models, by size within each family.</summary>
    public static IReadOnlyList<CatalogueModel> Models => CatalogueTable.Models;

    /// <summary>The model of a name, in any usual spelling: with or without organization, precision, kind of training. Null where none is known.</summary>
    public static CatalogueModel? Find(string spelling)
    {
        foreach (string key in Keys(spelling))
        {
            if (ByKey.TryGetValue(key, out CatalogueModel? model))
            {
                return model;
            }
        }

        return null;
    }

    /// <summary>The model of a name, or one like Llama that has as many weights: for tables in which any model may stand. Null where the size is nowhere said.</summary>
    /// <param name="spelling">The name.</param>
    /// <param name="parameters">How many weights it has, or null.</param>
    public static CatalogueModel? FindOrGuess(string spelling, double? parameters)
    {
        if (Find(spelling) is { } known)
        {
            return known;
        }

        if (parameters is null && spelling.Contains("size unstated", StringComparison.OrdinalIgnoreCase) && Find($"{NotInWords().Replace(spelling, "").Replace("size unstated", "", StringComparison.OrdinalIgnoreCase).Trim()}-7B") is { } seven)
        {
            return seven with { Note = "size unstated, guessed to be 7B" };
        }

        double? size = parameters ?? SizeIn(spelling);
        return size is >= 1e7 and <= 1e14 ? GuessedShape.Of(spelling, size.Value, ActiveIn(spelling)) : null;
    }

    /// <summary>Names that are spelled like one that is not known.</summary>
    public static IReadOnlyList<string> Near(string spelling)
    {
        string wanted = Key(spelling);
        return [.. Models.Select(model => (model.Id, Distance: EditDistance.Between(wanted, Key(model.Id)) - (0.5 * Math.Abs(wanted.Length - Key(model.Id).Length)))).OrderBy(static near => near.Distance).ThenBy(static near => near.Id, StringComparer.Ordinal).Take(MostNear).Select(static near => near.Id)];
    }

    static Dictionary<string, CatalogueModel> Index()
    {
        Dictionary<string, CatalogueModel> index = new(StringComparer.Ordinal);
        foreach (CatalogueModel model in CatalogueTable.Models)
        {
            foreach (string name in model.Aliases.Append(model.Id))
            {
                if (!index.TryAdd(Key(name), model) && index[Key(name)] != model)
                {
                    throw new InvalidOperationException($"{name} names two models, {model.Id} and {index[Key(name)].Id}");
                }
            }
        }

        return index;
    }

    // The whole name, then without its organization, then one suffix less at a time.
    static IEnumerable<string> Keys(string spelling)
    {
        string name = NotInWords().Replace(spelling.Trim().ToLowerInvariant(), " ");
        yield return Key(name);
        int slash = name.IndexOf('/', StringComparison.Ordinal);
        if (slash >= 0)
        {
            name = name[(slash + 1)..];
            yield return Key(name);
        }

        name = GgufType().Replace(name, "");
        string[] words = name.Split(['-', '_', ' ', ':', '@'], StringSplitOptions.RemoveEmptyEntries);
        int kept = words.Length;
        yield return Key(string.Join('-', words));
        while (kept > 1 && Suffixes.Contains(words[kept - 1]))
        {
            yield return Key(string.Join('-', words[..--kept]));
        }

        // Words within the name, as in Qwen3-Coder-30B-A3B-Instruct-2507-FP8.
        yield return Key(string.Join('-', words.Where(static word => !Suffixes.Contains(word))));
    }

    static string Key(string name)
    {
        string key = string.Concat(name.ToLowerInvariant().Where(static letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '/'));
        return key.StartsWith("metallama", StringComparison.Ordinal) ? key[4..] : key;
    }

    static double? SizeIn(string name) => Size().Match(name) is { Success: true } match ? Number(match) : null;

    static double? ActiveIn(string name) => Active().Match(name) is { Success: true } match ? Number(match) : null;

    static double Number(Match match) => double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) * (match.Groups[2].Value is "m" or "M" ? 1e6 : match.Groups[2].Value is "t" or "T" ? 1e12 : 1e9);

    [GeneratedRegex(@"\([^)]*\)|[~""']")]
    private static partial Regex NotInWords();

    [GeneratedRegex(@"[-_.:]i?q[2-8]_[0-9a-z]+(_[a-z]+)?(?=-|$)")]
    private static partial Regex GgufType();

    [GeneratedRegex(@"(?<![0-9.a-zA-Z])(\d{1,4}(?:\.\d{1,3})?)\s?([bBmMtT])(?![a-zA-Z])")]
    private static partial Regex Size();

    [GeneratedRegex(@"[-_]A(\d{1,4}(?:\.\d{1,3})?)([bBmM])(?![a-zA-Z])", RegexOptions.IgnoreCase)]
    private static partial Regex Active();
}
