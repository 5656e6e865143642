using Millrace.Formats;
using Millrace.Kernels;

namespace Millrace.Graphs;

/// <summary>What an architecture page writes its model with. Each call adds ops and checks the shape of the tensors it names; at the end a tensor that the page did not use is an error, for the file then means something that the page does not compute.</summary>
/// <param name="file">The model.</param>
public sealed class GraphBuilder(ModelFile file)
{
    readonly List<Op> _ops = [];
    readonly List<AttentionShape> _layers = [];
    readonly HashSet<string> _used = [];
    RowDomain _rows = RowDomain.Tokens;
    int _values;

    /// <summary>Whether the file has a tensor.</summary>
    public bool Has(string tensor) => file.Tensors.ContainsKey(tensor);

    /// <summary>Declares that a tensor is known and not needed.</summary>
    public void Ignore(string tensor) => _used.Add(tensor);

    /// <summary>Rows of a table: <c>[tokens, columns]</c>.</summary>
    public Value Embed(string name, int vocabulary, int width, float scale = 1)
    {
        Value output = New(name, width);
        _ops.Add(new EmbedOp(name, Matrix($"{name}.weight", vocabulary, width), scale, output));
        return output;
    }

    /// <summary>Root-mean-square norm of each of <paramref name="groups"/> equal parts of a row, with the one weight.</summary>
    public Value Norm(Value input, string name, float epsilon, int groups = 1)
    {
        Value output = New(name, input.Width);
        _ops.Add(new NormOp(name, input, Vector($"{name}.weight", input.Width / groups), epsilon, groups, output, []));
        return output;
    }

    /// <summary>W·x · s + b, where the file has a scale and a bias of this name.</summary>
    /// <param name="input">Floats.</param>
    /// <param name="name">The tensor without <c>.weight</c>.</param>
    /// <param name="width">Rows of the result.</param>
    /// <param name="firstRow">The first row of the tensor to use: several products may share one tensor.</param>
    /// <param name="of">Rows of the tensor; by default <paramref name="width"/>.</param>
    public Value MatMul(Value input, string name, int width, int firstRow = 0, int? of = null)
    {
        WeightRef weight = Matrix($"{name}.weight", of ?? width, input.Width) with { FirstRow = firstRow, Rows = width };
        VectorRef? bias = Has($"{name}.bias") ? Vector($"{name}.bias", of ?? width) with { Offset = firstRow, Length = width } : null;
        Ignore($"{name}.input_scale"); // for engines that quantize activations to FP4
        VectorRef? scale = Has($"{name}.scale") ? Vector($"{name}.scale", 1) : null;
        Value output = New(name, width);
        _ops.Add(new MatMulOp(name, Quantize(input, weight.Type, name), [new(weight, bias, output, scale)]));
        return output;
    }

    /// <summary>act(gate) · up.</summary>
    public Value Gate(Value gate, Value up, GateKind activation, string name)
    {
        Value output = New(name, gate.Width);
        _ops.Add(new GateOp(name, gate, up, activation, output));
        return output;
    }

    /// <summary>a + b.</summary>
    public Value Add(Value a, Value b, string name)
    {
        Value output = New(name, a.Width);
        _ops.Add(new AddOp(name, a, b, output));
        return output;
    }

    /// <summary>Rotates queries and keys, stores keys and values, attends.</summary>
    /// <param name="layer">The layer's number.</param>
    /// <param name="shape">Its geometry.</param>
    /// <param name="rope">The rotation, or null for none.</param>
    /// <param name="query">[tokens, heads · headDim].</param>
    /// <param name="key">[tokens, kvHeads · headDim].</param>
    /// <param name="value">[tokens, kvHeads · valueDim].</param>
    public Value Attention(int layer, AttentionShape shape, Rope? rope, Value query, Value key, Value value)
    {
        string name = $"blk.{layer}.attn";
        if (rope is not null)
        {
            query = Rotate(query, shape.Heads, $"{name}_q_rope");
            key = Rotate(key, shape.KvHeads, $"{name}_k_rope");
        }

        Value stored = New($"{name}_kv", 0);
        Value output = New(name, shape.Heads * shape.ValueDim);
        _ops.Add(new KvStoreOp($"{name}_kv", layer, shape, key, value, stored));
        _ops.Add(new AttentionOp(name, layer, shape, query, stored, output));
        _layers.Add(shape);
        return output;

        Value Rotate(Value input, int heads, string at)
        {
            Value turned = New(at, input.Width);
            _ops.Add(new RopeOp(at, input, rope, heads, turned));
            return turned;
        }
    }

    /// <summary>Latent attention over one vector for each token, which is key and value of all heads.</summary>
    /// <param name="layer">The layer's number.</param>
    /// <param name="shape">Its geometry in the cache.</param>
    /// <param name="rope">The rotation of the part that carries the position.</param>
    /// <param name="query">[tokens, heads · (plain + rotated)].</param>
    /// <param name="key">[tokens, latent + rotated], before its norm.</param>
    /// <param name="plain">Numbers of a head's query that carry no position.</param>
    /// <param name="valueDim">Width of a value head.</param>
    /// <param name="epsilon">Added to the mean square in the key's norm.</param>
    public Value LatentAttention(int layer, AttentionShape shape, Rope rope, Value query, Value key, int plain, int valueDim, float epsilon)
    {
        string name = $"blk.{layer}.attn";
        WeightRef down = HeadMatrices($"{name}_k_b.weight", shape.Heads, shape.ValueDim, plain);
        WeightRef up = HeadMatrices($"{name}_v_b.weight", shape.Heads, valueDim, shape.ValueDim);
        Value latentQuery = New($"{name}_k_b", shape.Heads * shape.HeadDim);
        Value latentKey = New($"{name}_kv_a_norm", shape.HeadDim);
        _ops.Add(new LatentQueryOp(latentQuery.Name, query, down, rope, shape.Heads, latentQuery));
        _ops.Add(new LatentKeyOp(latentKey.Name, key, Vector($"{name}_kv_a_norm.weight", shape.ValueDim), epsilon, rope, latentKey));
        Value found = Attention(layer, shape, null, latentQuery, latentKey, latentKey);
        Value output = New($"{name}_v_b", shape.Heads * valueDim);
        _ops.Add(new LatentValueOp(output.Name, found, up, output));
        return output;
    }

    /// <summary>Queries, keys and values, from three tensors or from one that holds their rows in this order.</summary>
    public (Value Query, Value Key, Value Value) Qkv(Value input, string layer, AttentionShape shape)
    {
        int queries = shape.Heads * shape.HeadDim;
        int keys = shape.KvHeads * shape.HeadDim;
        int values = shape.KvHeads * shape.ValueDim;
        string fused = $"{layer}.attn_qkv";
        if (!Has($"{fused}.weight"))
        {
            return (MatMul(input, $"{layer}.attn_q", queries), MatMul(input, $"{layer}.attn_k", keys), MatMul(input, $"{layer}.attn_v", values));
        }

        int rows = queries + keys + values;
        return (MatMul(input, fused, queries, 0, rows), MatMul(input, fused, keys, queries, rows), MatMul(input, fused, values, queries + keys, rows));
    }

    /// <summary>down(act(gate·x) · (up·x)).</summary>
    /// <param name="input">[tokens, width of the model].</param>
    /// <param name="layer"><c>blk.N</c>.</param>
    /// <param name="width">The width inside.</param>
    /// <param name="activation">The gate.</param>
    /// <param name="suffix">What the tensors' names end with: <c>_shexp</c> for shared experts.</param>
    public Value Ffn(Value input, string layer, int width, GateKind activation, string suffix = "")
    {
        Value gate = MatMul(input, $"{layer}.ffn_gate{suffix}", width);
        Value up = MatMul(input, $"{layer}.ffn_up{suffix}", width);
        return MatMul(Gate(gate, up, activation, $"{layer}.ffn_act{suffix}"), $"{layer}.ffn_down{suffix}", input.Width);
    }

    /// <summary>The end: the chosen rows, their norm, and the product with the head, which may be the embedding table.</summary>
    /// <exception cref="ModelFormatException">The file has a tensor that the page did not use.</exception>
    public Graph Head(Value x, float epsilon, int vocabulary)
    {
        Value h = Norm(SelectRows(x), "output_norm", epsilon);
        Value logits = MatMul(h, Has("output.weight") ? "output" : "token_embd", vocabulary);
        return Build(logits);
    }

    /// <summary>A mixture of experts in place of one feed-forward block: router, gate and up, down, weighted sum.</summary>
    /// <param name="input">[tokens, width].</param>
    /// <param name="prefix"><c>blk.N.ffn</c>.</param>
    /// <param name="experts">How many there are.</param>
    /// <param name="used">How many each token goes to.</param>
    /// <param name="expertWidth">The width inside an expert.</param>
    /// <param name="router">How the router's logits become weights.</param>
    /// <param name="activation">The gate.</param>
    /// <param name="groups">How the experts are grouped, or null.</param>
    public Value Experts(Value input, string prefix, int experts, int used, int expertWidth, RouterKind router, GateKind activation, ExpertGroups? groups = null)
    {
        Value logits = MatMul(input, $"{prefix}_gate_inp", experts);
        Value routing = New($"{prefix}_route", 0);
        _ops.Add(new RouteOp($"{prefix}_route", logits, router, used, routing, groups));

        ExpertWeights gate = ExpertMatrices($"{prefix}_gate_exps", experts, expertWidth, input.Width);
        ExpertWeights up = ExpertMatrices($"{prefix}_up_exps", experts, expertWidth, input.Width);
        ExpertWeights down = ExpertMatrices($"{prefix}_down_exps", experts, input.Width, expertWidth);
        if (ActivationKinds.For(gate.Experts[0].Type) != ActivationKinds.For(up.Experts[0].Type))
        {
            throw new ModelFormatException(file.Path, $"{prefix}_up_exps.weight", -1, $"a type that goes with {gate.Experts[0].Type.GgufName}", up.Experts[0].Type.GgufName);
        }

        Value scattered = New($"{prefix}_scatter", input.Width, RowDomain.ExpertRows, ActivationKinds.For(gate.Experts[0].Type));
        _ops.Add(new ScatterOp($"{prefix}_scatter", input, routing, used, scattered));
        Value hidden = New($"{prefix}_gate_exps", expertWidth, RowDomain.ExpertRows);
        _ops.Add(new ExpertGateOp($"{prefix}_gate_exps", scattered, routing, gate, up, activation, used, hidden));
        Value quantized = Quantize(hidden, down.Experts[0].Type, $"{prefix}_down_exps", routing);
        Value output = New($"{prefix}_down_exps", input.Width);
        _ops.Add(new ExpertDownOp($"{prefix}_down_exps", quantized, routing, down, used, output));
        return output;
    }

    Value SelectRows(Value input)
    {
        _rows = RowDomain.LogitRows;
        Value output = New("select", input.Width);
        _ops.Add(new SelectRowsOp("select", input, output));
        return output;
    }

    /// <summary>A vector of floats.</summary>
    public VectorRef Vector(string name, int length)
    {
        Tensor tensor = Use(name);
        return tensor.Columns == length && tensor.Rows == 1
            ? new(name, 0, length)
            : throw new ModelFormatException(file.Path, name, -1, $"a vector of {length}", Shape(tensor));
    }

    Graph Build(Value logits)
    {
        string? unknown = file.Tensors.Keys.FirstOrDefault(name => !_used.Contains(name));
        return unknown is null
            ? new Graph([.. _ops], logits, [.. _layers]).Check()
            : throw new ModelFormatException(file.Path, unknown, -1, "only tensors that the architecture computes with", "one that it does not know");
    }

    Value Quantize(Value input, WeightType type, string name, Value? routing = null)
    {
        Value output = New($"{name} input", input.Width, input.Rows, ActivationKinds.For(type));
        _ops.Add(new QuantizeOp($"{name} input", input, output, routing));
        return output;
    }

    Value New(string name, int width, RowDomain? rows = null, ActivationKind? quantized = null) => new(_values++, name, width, rows ?? _rows, quantized);

    WeightRef Matrix(string name, int rows, int columns)
    {
        Tensor tensor = Use(name);
        return tensor.Shape.Count <= 2 && tensor.Columns == columns && tensor.Rows == rows
            ? new(name, tensor.Type, 0, rows, columns)
            : throw new ModelFormatException(file.Path, name, -1, $"a shape of [{columns}, {rows}]", Shape(tensor));
    }

    WeightRef HeadMatrices(string name, int heads, int rows, int columns)
    {
        Tensor tensor = Use(name);
        return tensor.Columns == columns && tensor.Rows == (long)rows * heads
            ? new(name, tensor.Type, 0, rows * heads, columns)
            : throw new ModelFormatException(file.Path, name, -1, $"a shape of [{columns}, {rows}, {heads}]", Shape(tensor));
    }

    ExpertWeights ExpertMatrices(string name, int experts, int rows, int columns)
    {
        Tensor tensor = Use($"{name}.weight");
        if (tensor.Shape.Count > 3 || tensor.Columns != columns || tensor.Rows != (long)rows * experts || (tensor.Shape.Count == 3 && tensor.Shape[2] != experts))
        {
            throw new ModelFormatException(file.Path, tensor.Name, -1, $"a shape of [{columns}, {rows}, {experts}]", Shape(tensor));
        }

        WeightRef[] matrices = [.. Enumerable.Range(0, experts).Select(expert => new WeightRef(tensor.Name, tensor.Type, (long)expert * rows, rows, columns))];
        Ignore($"{name}.input_scale");
        return new(matrices, OfExperts($"{name}.bias", experts, rows), OfExperts($"{name}.scale", experts, 1));
    }

    /// <summary>As many numbers for each expert, one expert after the other, or null where the file has none.</summary>
    VectorRef[]? OfExperts(string name, int experts, int length)
    {
        if (!Has(name))
        {
            return null;
        }

        Tensor tensor = Use(name);
        bool fits = length == 1 ? tensor.Columns * tensor.Rows == experts : tensor.Columns == length && tensor.Rows == experts;
        return fits
            ? [.. Enumerable.Range(0, experts).Select(expert => new VectorRef(name, (long)expert * length, length))]
            : throw new ModelFormatException(file.Path, name, -1, $"a shape of [{length}, {experts}]", Shape(tensor));
    }

    Tensor Use(string name)
    {
        Tensor tensor = file.Tensor(name);
        _used.Add(name);
        return tensor.Type.IsReadable
            ? tensor
            : throw new ModelFormatException(file.Path, name, -1, "a weight type that Millrace computes with", tensor.Type.IsKnown ? tensor.Type.GgufName : $"type {(int)tensor.Type}");
    }

    static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.Shape)}]";
}
