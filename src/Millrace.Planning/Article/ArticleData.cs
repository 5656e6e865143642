using System.Text.Json;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Article;

/// <summary>The claims of the article and what others published about them, as they stand in the library's data.</summary>
sealed class ArticleData
{
    readonly Dictionary<string, Claim> _claims = [];
    readonly Dictionary<string, Evidence> _evidence = [];

    ArticleData()
    {
        foreach (StrictJson json in Read("claims"))
        {
            Claim claim = new(json.TakeText("id")!, json.TakeText("topic")!, json.TakeText("text")!, json.TakeNumbers("values"), json.TakeText("unit") ?? "");
            json.End("id, topic, text, values, unit");
            _claims.Add(claim.Id, claim);
        }

        foreach (StrictJson json in Read("evidence"))
        {
            Evidence evidence = new(json.TakeText("id")!, json.TakePositive("value"), json.TakeText("unit")!, json.TakeText("what")!, json.TakeText("kind")!, json.TakeText("source")!, json.TakeText("date")!, json.TakeCount("chips", 0));
            json.End("id, value, unit, what, kind, source, date, chips");
            _evidence.Add(evidence.Id, evidence);
        }
    }

    /// <summary>The data.</summary>
    public static ArticleData Own { get; } = new();

    /// <summary>The claims, in the order of the article.</summary>
    public IEnumerable<Claim> Claims => _claims.Values;

    /// <summary>A claim.</summary>
    public Claim Claim(string id) => _claims[id];

    /// <summary>What was published under some names.</summary>
    public Evidence[] Evidence(params string[] ids) => [.. ids.Select(id => _evidence[id])];

    static List<StrictJson> Read(string name)
    {
        using Stream stream = typeof(ArticleData).Assembly.GetManifestResourceStream($"article/{name}.json")!;
        byte[] json = new byte[stream.Length];
        stream.ReadExactly(json);
        JsonDocument document = StrictJson.Parse(name, json); // not disposed: it lives as long as the elements
        return new StrictJson(name, "", document.RootElement).TakeObjects(name);
    }
}
