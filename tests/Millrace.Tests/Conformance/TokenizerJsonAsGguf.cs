using System.Text.Json;
using Millrace.Formats.Gguf;
using Millrace.Tests.Tokenization;

namespace Millrace.Tests.Conformance;

/// <summary>The vocabulary of a real tokenizer.json as a GGUF file, so that llama.cpp reads it too.</summary>
static class TokenizerJsonAsGguf
{
    /// <summary>Writes the file.</summary>
    /// <param name="json">The tokenizer.json, of a byte-pair model.</param>
    /// <param name="pre">The pre-tokenizer of a byte-level vocabulary, or null for one of SentencePiece's: then the rank of its merge is a token's score.</param>
    /// <param name="path">Where to.</param>
    public static void Write(string json, string? pre, string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(json));
        JsonElement model = document.RootElement.GetProperty("model");
        Dictionary<string, int> ids = model.GetProperty("vocab").EnumerateObject().ToDictionary(token => token.Name, token => token.Value.GetInt32());
        JsonElement[] added = [.. document.RootElement.GetProperty("added_tokens").EnumerateArray()];
        (string Left, string Right)[] merges = [.. model.GetProperty("merges").EnumerateArray().Select(Merge)];
        int count = Math.Max(ids.Values.Max(), added.Select(token => token.GetProperty("id").GetInt32()).DefaultIfEmpty().Max()) + 1;
        string[] tokens = [.. Enumerable.Range(0, count).Select(id => $"[UNUSED{id}]")];
        int[] types = [.. Enumerable.Repeat(5, count)];
        foreach ((string token, int id) in ids)
        {
            (tokens[id], types[id]) = (token, pre is null && token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) ? 6 : 1);
        }

        foreach (JsonElement token in added)
        {
            int id = token.GetProperty("id").GetInt32();
            (tokens[id], types[id]) = (token.GetProperty("content").GetString()!, token.GetProperty("special").GetBoolean() ? 3 : 4);
        }

        GgufWriter file = new();
        file.Add("general.architecture", "llama");
        file.Add("tokenizer.ggml.model", pre is null ? "llama" : "gpt2");
        file.Add("tokenizer.ggml.tokens", VocabularyFile.Strings(tokens));
        file.Add("tokenizer.ggml.token_type", types);
        if (pre is null)
        {
            float[] scores = [.. Enumerable.Repeat(-1e9f, count)];
            for (int rank = merges.Length - 1; rank >= 0; rank--)
            {
                scores[ids[merges[rank].Left + merges[rank].Right]] = -rank;
            }

            file.Add("tokenizer.ggml.scores", scores);
            file.Add("tokenizer.ggml.add_space_prefix", false);
        }
        else
        {
            file.Add("tokenizer.ggml.pre", pre);
            file.Add("tokenizer.ggml.merges", VocabularyFile.Strings([.. merges.Select(merge => $"{merge.Left} {merge.Right}")]));
        }

        file.Write(path);
    }

    static (string Left, string Right) Merge(JsonElement merge)
    {
        string[] parts = merge.ValueKind == JsonValueKind.String ? merge.GetString()!.Split(' ') : [merge[0].GetString()!, merge[1].GetString()!];
        return (parts[0], parts[1]);
    }
}
