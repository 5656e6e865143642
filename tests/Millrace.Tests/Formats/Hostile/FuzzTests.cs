using System.Globalization;
using System.Numerics;
using System.Text;
using Millrace.Formats;
using Millrace.Formats.Gguf;
using Millrace.Tests.Formats.HuggingFace;

namespace Millrace.Tests.Formats.Hostile;

/// <summary>Opens files that were good until a mutator had them. Only <see cref="ModelFormatException"/> may come out, memory must stay in proportion, and what is accepted must lie in the file. <c>MILLRACE_FUZZ</c> sets the number of inputs, <c>MILLRACE_FUZZ_SEED</c> the first seed; each input depends on its own seed alone, which the failure names.</summary>
public class FuzzTests
{
    static readonly int Inputs = Setting("MILLRACE_FUZZ", 7_000);
    static readonly int FirstSeed = Setting("MILLRACE_FUZZ_SEED", 0);

    [Fact]
    public void Mutated_gguf_files_are_refused_or_sound()
    {
        GgufBytes valid = HostileGgufTests.Valid();
        byte[] bytes = valid.ToArray();
        using TemporaryFolder folder = new();
        string path = folder.Path("model.gguf");
        int accepted = Run(path, bytes.Length, mutator => File.WriteAllBytes(path, mutator.Binary(bytes, valid.Numbers)));
        Assert.InRange(accepted, Inputs / 500, Inputs * 9 / 10);
    }

    [Fact]
    public void Mutated_safetensors_files_are_refused_or_sound()
    {
        (string config, string header, int data)[] bases = [.. Bases()];
        using TemporaryFolder folder = new();
        int accepted = Run(folder.Path(), 4096, mutator =>
        {
            (string config, string header, int data) = bases[mutator.Next(bases.Length)];
            File.WriteAllText(folder.Path("config.json"), config);
            byte[] json = mutator.Json(header);
            byte[] file = FolderBuilder.Safetensors(Encoding.Latin1.GetString(json), new byte[data]);
            File.WriteAllBytes(folder.Path("model.safetensors"), mutator.Next(4) == 0 ? mutator.Bytes(file) : file);
        });
        Assert.InRange(accepted, Inputs / 500, Inputs * 9 / 10);
    }

    [Fact]
    public void Mutated_configurations_are_refused_or_sound()
    {
        (string config, string header, int data)[] bases = [.. Bases()];
        using TemporaryFolder folder = new();
        int accepted = Run(folder.Path(), 4096, mutator =>
        {
            (string config, string header, int data) = bases[mutator.Next(bases.Length)];
            File.WriteAllBytes(folder.Path("config.json"), mutator.Json(config));
            File.WriteAllBytes(folder.Path("model.safetensors"), FolderBuilder.Safetensors(header, new byte[data]));
        });
        Assert.InRange(accepted, Inputs / 500, Inputs * 9 / 10);
    }

    static int Run(string path, int size, Action<Mutator> write)
    {
        int accepted = 0;
        for (int seed = FirstSeed; seed < FirstSeed + Inputs; seed++)
        {
            write(new Mutator(seed));
            long before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using ModelFile model = ModelFile.Open(path);
                Use(model, seed);
                accepted++;
            }
            catch (ModelFormatException)
            {
            }
            catch (Exception problem)
            {
                throw new InvalidOperationException($"seed {seed}: {problem.GetType().Name}: {problem.Message}", problem);
            }

            long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < (1 << 20) + 256L * size, $"seed {seed}: {allocated} bytes allocated");
        }

        return accepted;
    }

    // What callers do with a model that opened: ask for a key as one of the types (refusals are what takes the time), and read every tensor's ends.
    static void Use(ModelFile model, int seed)
    {
        if (model.Metadata.Keys is { Count: > 0 } keys)
        {
            string key = keys[seed % keys.Count];
            Ask<object?>((seed / 7 % 5) switch
            {
                0 => () => model.Metadata.Int(key),
                1 => () => model.Metadata.Float(key),
                2 => () => model.Metadata.String(key),
                3 => () => model.Metadata.Ints(key),
                _ => () => model.Metadata.Strings(key),
            });
        }

        foreach (Tensor tensor in model.Tensors.Values)
        {
            Assert.Equal((BigInteger)tensor.ByteLength, tensor.Shape.Skip(1).Aggregate((BigInteger)tensor.Columns / tensor.Type.BlockLength * tensor.Type.BlockBytes, static (product, extent) => product * extent));
            Assert.InRange(tensor.ByteLength, 0, 1 << 20);
            if (tensor is GgufTensor inFile)
            {
                Assert.True((BigInteger)inFile.Offset + inFile.ByteLength <= new FileInfo(model.Path).Length);
            }

            byte[] row = new byte[tensor.RowBytes];
            Ask<float?>(() =>
            {
                tensor.ReadRows(0, row);
                tensor.ReadRows(tensor.Rows - 1, row);
                return tensor.Scales?[tensor.Rows - 1, tensor.Columns - 1];
            });
        }

        model.VerifyUnchanged();
    }

    static void Ask<T>(Func<T> question)
    {
        try
        {
            question();
        }
        catch (ModelFormatException)
        {
        }
    }

    static IEnumerable<(string Config, string Header, int Data)> Bases()
    {
        const string Common = "\"hidden_size\":32,\"num_hidden_layers\":1,\"num_attention_heads\":2,\"num_key_value_heads\":1,\"head_dim\":16,\"intermediate_size\":32,\"vocab_size\":4,\"max_position_embeddings\":64,\"tie_word_embeddings\":true,\"num_experts_per_tok\":1";
        (string, string, long[])[] ends = [("model.embed_tokens.weight", "BF16", [4, 32]), ("model.norm.weight", "F32", [32])];
        yield return Base(
            $"{{\"model_type\":\"llama\",{Common},\"rope_scaling\":{{\"rope_type\":\"llama3\",\"factor\":8.0,\"low_freq_factor\":1.0,\"high_freq_factor\":4.0}},\"quantization_config\":{{\"quant_method\":\"fp8\",\"weight_block_size\":[128,128]}}}}",
            [.. ends, ("model.layers.0.self_attn.q_proj.weight", "F8_E4M3", [32, 32]), ("model.layers.0.self_attn.q_proj.weight_scale_inv", "F32", [1, 1]), ("model.layers.0.self_attn.k_proj.bias", "F16", [16])]);
        yield return Base(
            $"{{\"model_type\":\"gpt_oss\",{Common},\"num_local_experts\":2,\"sliding_window\":16,\"layer_types\":[\"sliding_attention\"],\"rope_scaling\":{{\"rope_type\":\"yarn\",\"factor\":4.0,\"beta_fast\":32.0}}}}",
            [.. ends, ("model.layers.0.mlp.experts.gate_up_proj_blocks", "U8", [2, 4, 1, 16]), ("model.layers.0.mlp.experts.gate_up_proj_scales", "U8", [2, 4, 1]), ("model.layers.0.mlp.experts.gate_up_proj_bias", "BF16", [2, 4])]);
        yield return Base(
            $"{{\"model_type\":\"mixtral\",{Common},\"num_local_experts\":2,\"rope_scaling\":{{\"type\":\"longrope\",\"long_factor\":[1,1,1,1,1,1,1,1],\"short_factor\":[1,1,1,1,1,1,1,1],\"original_max_position_embeddings\":32}}}}",
            [.. ends, ("model.layers.0.block_sparse_moe.experts.0.w1.weight", "F16", [8, 32]), ("model.layers.0.block_sparse_moe.experts.1.w1.weight", "F16", [8, 32])]);
        yield return Base(
            $"{{\"model_type\":\"gemma3\",\"text_config\":{{\"model_type\":\"gemma3_text\",{Common},\"sliding_window\":16,\"query_pre_attn_scalar\":16,\"rope_parameters\":{{\"full_attention\":{{\"rope_theta\":1000000.0,\"rope_type\":\"linear\",\"factor\":8.0}},\"sliding_attention\":{{\"rope_theta\":10000.0}}}}}}}}",
            [.. ends, ("model.layers.0.input_layernorm.weight", "BF16", [32])]);
    }

    static (string Config, string Header, int Data) Base(string config, (string Name, string Dtype, long[] Shape)[] tensors)
    {
        byte[] file = FolderBuilder.Safetensors([.. tensors.Select(static tensor => (tensor.Name, tensor.Dtype, tensor.Shape, new byte[Size(tensor.Dtype) * tensor.Shape.Aggregate(1L, static (product, extent) => product * extent)]))]);
        int header = BitConverter.ToInt32(file);
        return (config, Encoding.UTF8.GetString(file, 8, header), file.Length - 8 - header);
    }

    static int Size(string dtype) => dtype is "F32" ? 4 : dtype is "F16" or "BF16" ? 2 : 1;

    static int Setting(string name, int otherwise) => int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out int value) ? value : otherwise;
}
