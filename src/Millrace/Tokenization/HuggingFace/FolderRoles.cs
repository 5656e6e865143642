using System.Text.Json;
using Millrace.Formats;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>What the files beside tokenizer.json say: which tokens have a role and which end an answer.</summary>
sealed class FolderRoles
{
    const long MaxBytes = 16 << 20;

    // Where no generation_config.json says which tokens end an answer.
    static readonly string[] EndingNames = ["<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "<|return|>", "<|call|>"];

    readonly Func<string, int> _find;
    readonly int _vocabularySize;
    readonly HashSet<int> _special;
    readonly JsonValue? _config;
    readonly JsonValue? _map;
    readonly JsonValue? _generation;

    /// <summary>Reads the files.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="find">The id of a name, or -1.</param>
    /// <param name="vocabularySize">Ids are below this.</param>
    /// <param name="special">The control tokens.</param>
    public FolderRoles(string folder, Func<string, int> find, int vocabularySize, HashSet<int> special)
    {
        _find = find;
        _vocabularySize = vocabularySize;
        _special = special;
        _config = Read(folder, "tokenizer_config.json");
        _map = Read(folder, "special_tokens_map.json");
        _generation = Read(folder, "generation_config.json");
    }

    /// <summary>The roles; what an encoding adds is what its template has at the ends.</summary>
    public SpecialTokens Special(int[] template)
    {
        int? bos = Role("bos_token") ?? Ids("bos_token_id").Select(id => (int?)id).FirstOrDefault();
        int? eos = Role("eos_token") ?? Ids("eos_token_id").Select(id => (int?)id).FirstOrDefault();
        int? separator = Role("sep_token");
        return new SpecialTokens
        {
            Bos = bos ?? Role("cls_token"),
            Eos = eos,
            Eot = Named("<|eot_id|>") ?? Named("<|im_end|>") ?? Named("<end_of_turn>") ?? Named("<|end|>"),
            Eom = Named("<|eom_id|>"),
            Unknown = Role("unk_token"),
            Separator = separator,
            Padding = Role("pad_token"),
            Mask = Role("mask_token"),
            AddBos = template is [>= 0, ..] && template[0] == (bos ?? Role("cls_token")),
            AddEos = template is [.., >= 0] && template[^1] == eos,
            AddSeparator = template is [.., >= 0] && template[^1] == separator && separator != eos,
        };
    }

    /// <summary>The ids that end an answer.</summary>
    public HashSet<int> EndOfGeneration()
    {
        HashSet<int> ending = [.. Ids("eos_token_id")];
        if (ending.Count == 0)
        {
            ending.UnionWith(EndingNames.Select(Named).OfType<int>());
        }

        if (Role("eos_token") is int eos)
        {
            ending.Add(eos);
        }

        return ending;
    }

    static JsonValue? Read(string folder, string name)
    {
        string path = Path.Combine(folder, name);
        if (!File.Exists(path))
        {
            return null;
        }

        using SourceFile file = new(path);
        using JsonDocument document = JsonFile.Read(file, MaxBytes);
        return new JsonValue(path, "", document.RootElement.Clone());
    }

    /// <summary>A control token of this name, or null: text of that spelling has no role.</summary>
    int? Named(string name) => _find(name) is >= 0 and int id && _special.Contains(id) ? id : null;

    /// <summary>The token that a key of tokenizer_config.json or special_tokens_map.json names, as text or as an object with content.</summary>
    int? Role(string key)
    {
        JsonValue? value = _config?.Find(key) ?? _map?.Find(key);
        if (value is not { } found)
        {
            return null;
        }

        string name = found.IsObject ? found["content"].Text() : found.Text();
        return _find(name) is >= 0 and int id ? id : null;
    }

    /// <summary>The ids of a key of generation_config.json: one, or a list; those without a token are left out.</summary>
    int[] Ids(string key)
    {
        if (_generation?.Find(key) is not { } value)
        {
            return [];
        }

        IEnumerable<JsonValue> ids = value.IsArray ? value.Items() : [value];
        return [.. ids.Select(id => id.Int(int.MaxValue)).Where(id => id < _vocabularySize)];
    }
}
