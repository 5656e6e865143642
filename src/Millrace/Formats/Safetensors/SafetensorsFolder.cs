using System.Text.Json;

namespace Millrace.Formats.Safetensors;

/// <summary>The tensors of a folder: of <c>model.safetensors</c>, or of the shards that <c>model.safetensors.index.json</c> lists.</summary>
sealed class SafetensorsFolder : IDisposable
{
    const string Single = "model.safetensors";
    const string Index = "model.safetensors.index.json";
    const long MaxIndexBytes = 100_000_000;

    readonly List<SourceFile> _files = [];

    SafetensorsFolder()
    {
    }

    /// <summary>The tensors by the names they have in the files.</summary>
    public OrderedDictionary<string, SafetensorsEntry> Entries { get; } = [];

    /// <summary>Opens the files of a folder and reads their headers.</summary>
    /// <exception cref="ModelFormatException">A file is missing or not what it must be.</exception>
    public static SafetensorsFolder Open(string folder)
    {
        SafetensorsFolder opened = new();
        try
        {
            string single = Path.Combine(folder, Single);
            string index = Path.Combine(folder, Index);
            if (File.Exists(single))
            {
                opened.Add(single);
            }
            else if (File.Exists(index))
            {
                opened.AddShards(folder, index);
            }
            else
            {
                throw new ModelFormatException(folder, "folder", -1, $"{Single} or {Index}", "neither");
            }

            return opened;
        }
        catch
        {
            opened.Dispose();
            throw;
        }
    }

    /// <summary>Checks that no file was changed since it was opened.</summary>
    public void VerifyUnchanged()
    {
        foreach (SourceFile file in _files)
        {
            file.VerifyUnchanged();
        }
    }

    /// <summary>What tells the files from others, and from themselves after a change.</summary>
    public string Stamp => string.Join('\n', _files.Select(static file => file.Stamp));

    /// <summary>Maps all files.</summary>
    public void Map()
    {
        foreach (SourceFile file in _files)
        {
            file.Map();
        }
    }

    public void Dispose()
    {
        foreach (SourceFile file in _files)
        {
            file.Dispose();
        }
    }

    void Add(string path)
    {
        SourceFile file = new(path);
        _files.Add(file);
        foreach (SafetensorsEntry entry in SafetensorsHeader.Read(file))
        {
            if (!Entries.TryAdd(entry.Name, entry))
            {
                throw entry.Wrong("a tensor that no other shard has", "it again");
            }
        }
    }

    void AddShards(string folder, string index)
    {
        Dictionary<string, string> places = ReadIndex(index);
        foreach (string shard in places.Values.Distinct().Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(folder, shard);
            if (!File.Exists(path))
            {
                throw new ModelFormatException(index, "weight_map", -1, $"the shard {shard}", "no such file");
            }

            Add(path);
        }

        foreach ((string name, string shard) in places)
        {
            if (!Entries.TryGetValue(name, out SafetensorsEntry? entry) || Path.GetFileName(entry.File.Path) != shard)
            {
                throw new ModelFormatException(index, name, -1, $"the tensor in {shard}", entry is null ? "none" : $"it in {Path.GetFileName(entry.File.Path)}");
            }
        }

        foreach (SafetensorsEntry entry in Entries.Values)
        {
            if (!places.ContainsKey(entry.Name))
            {
                throw entry.Wrong($"a tensor that {Index} lists", "one that it does not");
            }
        }
    }

    static Dictionary<string, string> ReadIndex(string index)
    {
        using SourceFile file = new(index);
        using JsonDocument document = JsonFile.Read(file, MaxIndexBytes);
        if (!document.RootElement.TryGetProperty("weight_map", out JsonElement map) || map.ValueKind != JsonValueKind.Object)
        {
            throw new ModelFormatException(index, "weight_map", -1, "an object", "none");
        }

        Dictionary<string, string> places = [];
        try
        {
            foreach (JsonProperty pair in map.EnumerateObject())
            {
                string? shard = pair.Value.ValueKind == JsonValueKind.String ? pair.Value.GetString() : null;
                if (shard is null || !shard.EndsWith(".safetensors", StringComparison.Ordinal) || shard.AsSpan().ContainsAny("/\\:\0"))
                {
                    throw new ModelFormatException(index, pair.Name, -1, "the name of a .safetensors file in the folder", shard ?? pair.Value.ValueKind.ToString());
                }

                places.Add(pair.Name, shard);
            }
        }
        catch (InvalidOperationException)
        {
            throw new ModelFormatException(index, "weight_map", -1, "UTF-8 text", "other bytes");
        }

        return places;
    }
}
