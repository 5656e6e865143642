using Millrace.Formats.Blocks;
using Millrace.Formats.Safetensors;

namespace Millrace.Formats.HuggingFace;

/// <summary>Makes GGUF's tensors of a folder's: other names, the same numbers in the order and type that GGUF files have.</summary>
sealed class TensorMap
{
    readonly ModelConfigMap _config;
    readonly TensorNames _names;
    readonly OrderedDictionary<string, SafetensorsEntry> _entries;
    readonly (int Rows, int Columns) _scaleBlock;
    readonly OrderedDictionary<string, Tensor> _tensors = [];
    readonly OrderedDictionary<string, List<(int Expert, SafetensorsEntry Entry)>> _experts = [];
    readonly HashSet<string> _scales = [];

    TensorMap(ModelConfigMap config, OrderedDictionary<string, SafetensorsEntry> entries, (int Rows, int Columns) scaleBlock)
    {
        _config = config;
        _entries = entries;
        _scaleBlock = scaleBlock;
        _names = new TensorNames(config.Architecture, config.Layers);
    }

    /// <summary>Maps all tensors.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="entries">The tensors of the folder.</param>
    /// <param name="scaleBlock">Rows and columns of a block of FP8 scales.</param>
    /// <exception cref="ModelFormatException">A tensor has an unknown name, or not the shape or type it must have.</exception>
    public static OrderedDictionary<string, Tensor> Map(ModelConfigMap config, OrderedDictionary<string, SafetensorsEntry> entries, (int Rows, int Columns) scaleBlock)
    {
        TensorMap map = new(config, entries, scaleBlock);
        foreach (SafetensorsEntry entry in entries.Values)
        {
            map.Add(entry);
        }

        map.AddExperts();
        map.RequireScalesUsed();
        foreach ((string name, float[] values) in config.Rope.FactorTensors(config.RopeDimensions))
        {
            map._tensors[name] = new ComputedTensor(name, values);
        }

        return map._tensors;
    }

    void Add(SafetensorsEntry entry)
    {
        if (TensorNames.IsIgnored(entry.Name) || IsScale(entry.Name) || (_config.Tied && entry.Name is "lm_head.weight" or "language_model.lm_head.weight"))
        {
            return;
        }

        if (_names.Find(entry.Name) is var (name, expert))
        {
            if (expert < 0)
            {
                Add(entry, Make(entry, name));
            }
            else
            {
                if (!_experts.TryGetValue(name, out var list))
                {
                    _experts[name] = list = [];
                }

                list.Add((expert, entry));
            }
        }
        else if (_names.Layer(entry.Name) is not var (layer, rest) || !AddFused(entry, $"blk.{layer}.", rest))
        {
            throw entry.Wrong($"the name of a tensor of {_config.ModelType} with {_config.Layers} layers", "another");
        }
    }

    void Add(SafetensorsEntry entry, Tensor tensor)
    {
        if (!_tensors.TryAdd(tensor.Name, tensor))
        {
            throw entry.Wrong("each tensor once", $"another for {tensor.Name}");
        }
    }

    Tensor Make(SafetensorsEntry entry, string name)
    {
        Tensor tensor = new StoredTensor(entry, name, ScalesOf(entry));
        bool small = tensor.Shape.Count == 1 || name.EndsWith("_norm.weight", StringComparison.Ordinal) || name.EndsWith("ffn_gate_inp.weight", StringComparison.Ordinal) || !name.EndsWith(".weight", StringComparison.Ordinal);
        bool shifted = _config.ShiftedNorms && name.EndsWith("norm.weight", StringComparison.Ordinal);
        int heads = name.EndsWith("attn_q.weight", StringComparison.Ordinal) || name.EndsWith("attn_q.bias", StringComparison.Ordinal) ? _config.Heads
            : name.EndsWith("attn_k.weight", StringComparison.Ordinal) || name.EndsWith("attn_k.bias", StringComparison.Ordinal) ? _config.KvHeads
            : 0;
        bool permuted = _config.InterleavedRotary && heads > 0;
        if (permuted && (_config.HeadDim % 2 != 0 || entry.Shape[0] != (long)heads * _config.HeadDim))
        {
            throw entry.Wrong($"{heads} heads of {_config.HeadDim} rows, an even number", entry.ShapeText);
        }

        if (small)
        {
            return Widen(entry, tensor, tensor.Columns, permuted ? Interleaved : static column => column, shifted ? 1 : 0);
        }

        return permuted ? new RowMapTensor(name, [.. tensor.Shape], [tensor], row => (0, Interleaved(row)), _config.HeadDim) : tensor;
    }

    // Where the row of a pair stands in its head: first all the first halves of pairs, then the second ones.
    long Interleaved(long row)
    {
        (long head, long inHead) = Math.DivRem(row, _config.HeadDim);
        return head * _config.HeadDim + inHead % 2 * (_config.HeadDim / 2) + inHead / 2;
    }

    static WidenedTensor Widen(SafetensorsEntry entry, Tensor tensor, long columns, Func<long, long> map, float shift) =>
        tensor.Type is WeightType.F32 or WeightType.F16 or WeightType.BF16 && tensor.Columns <= 1 << 24
            ? new WidenedTensor(tensor, columns, map, shift)
            : throw entry.Wrong("a small tensor of F32, F16 or BF16", $"{entry.Dtype} {entry.ShapeText}");

    void AddExperts()
    {
        foreach ((string name, List<(int Expert, SafetensorsEntry Entry)> list) in _experts)
        {
            list.Sort(static (left, right) => left.Expert.CompareTo(right.Expert));
            Tensor[] parts = [.. list.Select(item => new StoredTensor(item.Entry, name, ScalesOf(item.Entry)))];
            for (int i = 0; i < parts.Length; i++)
            {
                if (list[i].Expert != i || parts[i].Shape.Count != 2 || !parts[i].Shape.SequenceEqual(parts[0].Shape) || parts[i].Type != parts[0].Type || !SameTiles(parts[i].Scales, parts[0].Scales))
                {
                    throw list[i].Entry.Wrong($"expert {i}, with shape and type of expert 0", $"{list[i].Entry.Dtype} {list[i].Entry.ShapeText} of expert {list[i].Expert}");
                }
            }

            if (parts.Length != _config.Experts)
            {
                throw list[^1].Entry.Wrong($"{_config.Experts} experts", $"{parts.Length}");
            }

            long rows = parts[0].Rows;
            long unit = parts[0].Scales is { } scales ? Gcd(rows, scales.RowsPerScale) : rows;
            Add(list[0].Entry, new RowMapTensor(name, [parts[0].Columns, rows, parts.Length], parts, row => ((int)(row / rows), row % rows), unit));
        }
    }

    static bool SameTiles(TensorScales? left, TensorScales? right) => left?.RowsPerScale == right?.RowsPerScale && left?.ColumnsPerScale == right?.ColumnsPerScale;

    static long Gcd(long a, long b) => b == 0 ? a : Gcd(b, a % b);

    // Matrices of all the experts of a layer in one tensor.
    bool AddFused(SafetensorsEntry entry, string block, string rest)
    {
        bool interleaved = _config.ModelType == "gpt_oss";
        switch (rest)
        {
            case "mlp.experts.gate_up_proj_blocks" when interleaved:
                SafetensorsEntry both = Companion(entry, "_blocks", "_scales");
                Add(entry, new Mxfp4Tensor(block + "ffn_gate_exps.weight", entry, both, 2, 0));
                Add(entry, new Mxfp4Tensor(block + "ffn_up_exps.weight", entry, both, 2, 1));
                return true;
            case "mlp.experts.down_proj_blocks" when interleaved:
                Add(entry, new Mxfp4Tensor(block + "ffn_down_exps.weight", entry, Companion(entry, "_blocks", "_scales"), 1, 0));
                return true;
            case "mlp.experts.gate_up_proj_scales" or "mlp.experts.down_proj_scales" when interleaved:
                Companion(entry, "_scales", "_blocks");
                return true;
            case "mlp.experts.gate_up_proj_bias" when interleaved && entry.Shape is [_, long width] && width % 2 == 0:
                Add(entry, Widen(entry, new StoredTensor(entry, block + "ffn_gate_exps.bias", null), width / 2, static column => 2 * column, 0));
                Add(entry, Widen(entry, new StoredTensor(entry, block + "ffn_up_exps.bias", null), width / 2, static column => 2 * column + 1, 0));
                return true;
            case "mlp.experts.down_proj_bias" when interleaved:
                StoredTensor bias = new(entry, block + "ffn_down_exps.bias", null);
                Add(entry, Widen(entry, bias, bias.Columns, static column => column, 0));
                return true;
            case "mlp.experts.gate_up_proj" when _config.Experts > 0 && !interleaved && entry.Shape is [long experts, long rows, long columns] && rows % 2 == 0:
                Tensor whole = new StoredTensor(entry, entry.Name, null);
                long half = rows / 2;
                Add(entry, new RowMapTensor(block + "ffn_gate_exps.weight", [columns, half, experts], [whole], row => (0, row / half * rows + row % half), half));
                Add(entry, new RowMapTensor(block + "ffn_up_exps.weight", [columns, half, experts], [whole], row => (0, row / half * rows + half + row % half), half));
                return true;
            case "mlp.experts.down_proj" when _config.Experts > 0 && !interleaved:
                Add(entry, new StoredTensor(entry, block + "ffn_down_exps.weight", null));
                return true;
            case "mlp.experts.gate_up_proj" or "mlp.experts.down_proj" when interleaved:
                throw entry.Wrong("experts in MXFP4 (…_blocks and …_scales)", entry.Dtype);
            default:
                return false;
        }
    }

    SafetensorsEntry Companion(SafetensorsEntry entry, string suffix, string other) =>
        _entries.TryGetValue(entry.Name[..^suffix.Length] + other, out SafetensorsEntry? found) ? found : throw entry.Wrong($"a tensor …{other} beside it", "none");

    static bool IsScale(string name) => name.EndsWith(".weight_scale", StringComparison.Ordinal) || name.EndsWith(".weight_scale_inv", StringComparison.Ordinal);

    void RequireScalesUsed()
    {
        foreach (SafetensorsEntry entry in _entries.Values)
        {
            if (IsScale(entry.Name) && !_scales.Contains(entry.Name))
            {
                throw entry.Wrong("FP8 weights that it scales", "none");
            }
        }
    }

    // FP8 checkpoints name the scale weight_scale, or weight_scale_inv where it is for blocks: both are multiplied with.
    TensorScales? ScalesOf(SafetensorsEntry entry)
    {
        if (!_entries.TryGetValue(entry.Name + "_scale_inv", out SafetensorsEntry? scales) && !_entries.TryGetValue(entry.Name + "_scale", out scales))
        {
            return null;
        }

        if (entry.Dtype is not ("F8_E4M3" or "F8_E5M2") || entry.Shape is not [long rows, long columns])
        {
            throw entry.Wrong("an FP8 matrix, as it has a scale", $"{entry.Dtype} {entry.ShapeText}");
        }

        _scales.Add(scales.Name);
        (int blockRows, int blockColumns) = _scaleBlock;
        long down = (rows + blockRows - 1) / blockRows;
        long across = (columns + blockColumns - 1) / blockColumns;
        (long tileRows, long tileColumns) = scales.Shape switch
        {
            [] or [1] or [1, 1] => (rows, columns),
            [long each] when each == rows => (1L, columns),
            [long each, 1] when each == rows && (down != rows || across != 1) => (1L, columns),
            [long blocksDown, long blocksAcross] when blocksDown == down && blocksAcross == across => (blockRows, blockColumns),
            _ => throw scales.Wrong($"[], [{rows}], [{rows}, 1] or [{down}, {across}]", scales.ShapeText),
        };
        return new TensorScales(tileRows, tileColumns, columns, ReadScales(scales));
    }

    static float[] ReadScales(SafetensorsEntry scales)
    {
        byte[] bytes = new byte[scales.Bytes];
        scales.File.Read(scales.Offset, bytes, scales.Name);
        float[] values = new float[bytes.Length / scales.WeightType.BlockBytes];
        RowDecoder.Dequantize(scales.WeightType, bytes, values);
        return Array.TrueForAll(values, float.IsFinite) ? values : throw scales.Wrong("finite scales", "others");
    }
}
