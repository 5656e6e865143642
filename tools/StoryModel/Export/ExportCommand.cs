using System.CommandLine;
using System.Runtime.InteropServices;
using Millrace.Formats;
using Millrace.Formats.Gguf;

namespace Millrace.Tools.StoryModel.Export;

/// <summary><c>export</c>: weights and vocabulary to a model file.</summary>
static class ExportCommand
{
    public static Command Create()
    {
        Option<FileInfo> weights = new("--weights") { Description = "What training wrote.", Required = true };
        Option<FileInfo> vocabulary = new("--tokenizer") { Description = "The vocabulary.", Required = true };
        Option<string> name = new("--name") { Description = "The model's name.", Required = true };
        Option<FileInfo> output = new("-o") { Description = "The file to write.", Required = true };
        Command command = new("export", "Write a model file.") { weights, vocabulary, name, output };
        command.SetAction(parse =>
        {
            WeightsFile file = new(parse.GetRequiredValue(weights).FullName);
            using GgufFile tokenizer = GgufFile.Open(parse.GetRequiredValue(vocabulary).FullName);
            string path = parse.GetRequiredValue(output).FullName;
            Writer(file, tokenizer.Metadata, parse.GetRequiredValue(name)).Write(path);
            Console.WriteLine($"{path}: {file.Parameters} parameters, {new FileInfo(path).Length} bytes");
        });
        return command;
    }

    /// <summary>The file of a model: matrices in Q8_0, norms in F32; the head is the embedding.</summary>
    public static GgufWriter Writer(WeightsFile weights, Metadata vocabulary, string name)
    {
        GgufWriter writer = new();
        writer.Add("general.architecture", "llama");
        writer.Add("general.type", "model");
        writer.Add("general.name", name);
        writer.Add("general.author", "Millrace");
        writer.Add("general.description", "Tells short stories in simple English, and answers questions about them. Trained on the story world of tools/StoryModel alone.");
        writer.Add("general.license", "mit");
        writer.Add("general.file_type", 7u); // mostly Q8_0
        writer.Add("general.quantization_version", 2u);
        writer.Add("general.parameter_count", (ulong)weights.Parameters);
        uint head = weights.Integer("width") / weights.Integer("heads");
        foreach ((string key, uint value) in new[]
        {
            ("block_count", weights.Integer("layers")), ("context_length", weights.Integer("context")), ("embedding_length", weights.Integer("width")),
            ("feed_forward_length", weights.Integer("ffn")), ("attention.head_count", weights.Integer("heads")),
            ("attention.head_count_kv", weights.Integer("kv_heads")), ("attention.key_length", head), ("attention.value_length", head),
            ("rope.dimension_count", head), ("vocab_size", weights.Integer("vocabulary")),
        })
        {
            writer.Add("llama." + key, value);
        }

        writer.Add("llama.rope.freq_base", weights.Number("rope_base"));
        writer.Add("llama.attention.layer_norm_rms_epsilon", weights.Number("epsilon"));
        foreach (string key in vocabulary.Keys.Where(key => key.StartsWith("tokenizer.", StringComparison.Ordinal)))
        {
            writer.Add(key, vocabulary[key]!);
        }

        foreach (string tensor in weights.Names.Order(StringComparer.Ordinal))
        {
            long[] shape = [.. weights.Shape(tensor).Reverse()];
            bool matrix = shape.Length > 1;
            writer.Add(tensor, matrix ? WeightType.Q8_0 : WeightType.F32, shape, stream =>
                stream.Write(matrix ? Q8Encoder.Encode(weights.Read(tensor)) : MemoryMarshal.AsBytes(weights.Read(tensor))));
        }

        return writer;
    }
}
