using Millrace.Graphs;
using Millrace.Planning.Costs.Sram;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>Turns a piece of the plan into instructions for the chips of a stage. A product over a whole row is cut by outputs; over a row that is cut already, by inputs, and its results are summed over the chips; so a layer exchanges twice, as tensor parallelism does (Shoeybi et al. 2019).</summary>
/// <remarks>Experts lie whole on chips; where there are more chips than experts, each is cut over as many as there are for it.</remarks>
sealed class LpuCompiler
{
    readonly int _chips;
    readonly bool _head;
    readonly HashSet<Value> _routed;
    readonly Dictionary<Value, (int Instruction, bool Cut)> _made = [];
    readonly List<LpuInstruction> _program = [];
    string _op = "";

    LpuCompiler(ModelPiece piece, int chips)
    {
        _chips = chips;
        _head = piece.Name == "head";
        _routed = [.. piece.Ops.OfType<RouteOp>().Select(op => op.Logits)];
    }

    /// <summary>The instructions of a piece, each after those that it reads.</summary>
    /// <param name="piece">The piece.</param>
    /// <param name="chips">Chips of the stage.</param>
    /// <param name="send">Whether its result goes to another stage.</param>
    public static LpuProgram Compile(ModelPiece piece, int chips, bool send)
    {
        LpuCompiler compiler = new(piece, chips);
        foreach (Op op in piece.Ops)
        {
            compiler._op = op.Name.StartsWith(piece.Name + '.', StringComparison.Ordinal) ? op.Name[(piece.Name.Length + 1)..] : op.Name;
            compiler.Emit(op);
        }

        Value result = piece.Ops[^1].Outputs.First();
        compiler._op = send ? "next stage" : piece.Name;
        if (send)
        {
            int last = compiler.Whole(result);
            last = compiler.Add(new SendInstruction(compiler._op, "send", After(last), result.Width, chips, 1, compiler._head));
            if (chips > 1)
            {
                compiler.Gather(last, result.Width);
            }
        }
        else if (compiler._head)
        {
            compiler.Whole(result);
        }

        return new(piece, compiler._program);
    }

    void Emit(Op op)
    {
        switch (op)
        {
            case EmbedOp embed:
                int row = Vector("look up", LpuUnit.Mem, embed.Output.Width, -1);
                Made(embed.Output, _chips > 1 ? Gather(row, embed.Output.Width) : row, false);
                break;
            case QuantizeOp quantize:
                Alias(quantize.Input, quantize.Output);
                break;
            case SelectRowsOp select:
                Alias(select.Input, select.Output);
                break;
            case ScatterOp scatter:
                Made(scatter.Output, Math.Max(Whole(scatter.Input), At(scatter.Routing).Instruction), false);
                break;
            case NormOp norm:
                Norm(norm);
                break;
            case MatMulOp product:
                Product(product);
                break;
            case RopeOp rope:
                Made(rope.Output, Rope(At(rope.Input).Instruction, Part(rope.Output.Width, At(rope.Input).Cut)), At(rope.Input).Cut);
                break;
            case KvStoreOp store:
                Store(store, At(store.Key).Instruction, At(store.Value).Instruction);
                break;
            case RopeStoreOp fused:
                RopeStore(fused);
                break;
            case AttentionOp attention:
                Attention(attention);
                break;
            case GateOp gate:
                bool cut = At(gate.Gate).Cut;
                Made(gate.Output, Vector("gate", LpuUnit.Vxm, Part(gate.Output.Width, cut), At(gate.Gate).Instruction, At(gate.Up).Instruction), cut);
                break;
            case AddOp add:
                Made(add.Output, Vector("add", LpuUnit.Vxm, add.Output.Width, Whole(add.A), Whole(add.B)), false);
                break;
            case RouteOp route:
                int weights = Vector("softmax", LpuUnit.Vxm, route.Logits.Width, Whole(route.Logits));
                Made(route.Routing, Vector("choose", LpuUnit.Sxm, route.Logits.Width * route.ExpertsUsed, weights), false);
                break;
            case ExpertGateOp gate:
                int hidden = Experts([gate.Gate, gate.Up], gate.ExpertsUsed, At(gate.Input).Instruction, At(gate.Routing).Instruction);
                Made(gate.Output, Vector("gate", LpuUnit.Vxm, gate.Output.Width * gate.ExpertsUsed, hidden), true);
                break;
            case ExpertDownOp down:
                int sum = Experts([down.Down], down.ExpertsUsed, At(down.Input).Instruction, At(down.Routing).Instruction);
                Made(down.Output, Reduce(Vector("weigh", LpuUnit.Vxm, down.Output.Width * down.ExpertsUsed, sum), down.Output.Width), false);
                break;
            default:
                Other(op);
                break;
        }
    }

    void Norm(NormOp norm)
    {
        bool cut = norm.Groups > 1 && At(norm.Input).Cut;
        int result = Normalize(cut ? At(norm.Input).Instruction : Whole(norm.Input), Part(norm.Input.Width, cut));
        foreach (Value output in norm.Outputs)
        {
            Made(output, result, cut);
        }
    }

    int Normalize(int input, int width)
    {
        int squares = Vector("square", LpuUnit.Vxm, width, input);
        int sum = Vector("sum lanes", LpuUnit.Sxm, width, squares);
        return Vector("scale", LpuUnit.Vxm, width, sum, input);
    }

    void Product(MatMulOp op)
    {
        bool cut = At(op.Input).Cut;
        bool whole = cut || op.Parts.All(part => _routed.Contains(part.Output)); // a router is small: every chip computes it
        long tiles = op.Parts.Sum(part => cut ? Tiles(Part(part.Weight.Columns, true), part.Weight.Rows) : Tiles(part.Weight.Columns, Part(part.Weight.Rows, !whole)));
        int result = Product(tiles, At(op.Input).Instruction);
        int width = op.Parts.Sum(part => part.Output.Width);
        result = cut && _chips > 1 ? Reduce(result, width) : result;
        if (op.Gate is not null)
        {
            Made(op.Output!, Vector("gate", LpuUnit.Vxm, Part(width, !whole), result), !whole);
            return;
        }

        if (op.Residual is not null)
        {
            Made(op.Output!, Vector("add", LpuUnit.Vxm, width, result, Whole(op.Residual)), false);
            return;
        }

        result = Vector("round", LpuUnit.Vxm, Part(width, !whole), result);
        foreach (MatMulPart part in op.Parts)
        {
            Made(part.Output, result, !whole);
        }
    }

    int Rope(int input, int width) => Vector("turn", LpuUnit.Vxm, width, Vector("swap pairs", LpuUnit.Sxm, width, input), input);

    void Store(KvStoreOp store, int key, int value) =>
        Made(store.Stored, Vector("store", LpuUnit.Mem, Part(store.Key.Width + store.Value.Width, true), key, value), true);

    void RopeStore(RopeStoreOp op)
    {
        int query = At(op.Query).Instruction;
        int key = At(op.Key).Instruction;
        query = op.QueryNorm is null ? query : Normalize(query, Part(op.Query.Width, true));
        key = op.KeyNorm is null ? key : Normalize(key, Part(op.Key.Width, true));
        if (op.Rope is not null)
        {
            query = Rope(query, Part(op.Query.Width, true));
            key = Rope(key, Part(op.Key.Width, true));
        }

        Made(op.Output, query, true);
        Store(op.Store, key, At(op.Store.Value).Instruction);
    }

    /// <summary>Softmax over the keys. Chips have heads of their own; where there are more chips than key heads, several share a head, each with a part of the tokens, and their sums are merged (Dao et al. 2023).</summary>
    void Attention(AttentionOp op)
    {
        AttentionShape shape = op.Shape;
        int keys = Math.Max(1, Part(shape.KvHeads, true));
        int sharing = Math.Max(1, _chips / shape.KvHeads);
        int queries = shape.Heads / shape.KvHeads;
        int heads = keys * queries;
        int scores = Add(new AttendInstruction(_op, "scores", After(At(op.Query).Instruction, At(op.Stored).Instruction), keys, queries, shape.HeadDim, shape.Window, sharing));
        int most = Keys("max", LpuUnit.Sxm, scores);
        int powers = Keys("exp", LpuUnit.Vxm, most);
        int sum = Keys("sum lanes", LpuUnit.Sxm, powers);
        int values = Add(new AttendInstruction(_op, "values", After(powers), keys, queries, shape.ValueDim, shape.Window, sharing));
        if (sharing > 1)
        {
            values = Add(new SendInstruction(_op, "merge", After(values, sum), heads * (shape.ValueDim + 2), sharing, LpuChip.ExchangeHops(sharing), _head));
        }

        Made(op.Output, Vector("divide", LpuUnit.Vxm, heads * shape.ValueDim, values, sum), true);

        int Keys(string does, LpuUnit unit, int after) => Add(new VectorInstruction(_op, does, unit, After(after), 0, false, heads, shape.Window, sharing));
    }

    /// <summary>An op of another kind: its matrices, cut by outputs, and a pass over what it makes.</summary>
    void Other(Op op)
    {
        bool cut = op.Inputs.Any(input => At(input).Cut);
        int result = op.Inputs.Select(input => At(input).Instruction).DefaultIfEmpty(-1).Max();
        if (op.Weights.Any())
        {
            result = Product(op.Weights.Sum(weight => Tiles(weight.Columns, Part(weight.Rows, true))), result);
        }

        foreach (Value output in op.Outputs)
        {
            Made(output, Vector(op.Kind, LpuUnit.Vxm, Part(output.Width, cut), result), cut);
        }
    }

    int Product(long tiles, int after) => Add(new ProductInstruction(_op, After(after), tiles, _head));

    int Vector(string does, LpuUnit unit, int width, params int[] after) => Add(new VectorInstruction(_op, does, unit, After(after), width, _head));

    /// <summary>The sum over the chips, on all of them.</summary>
    int Reduce(int part, int width)
    {
        if (_chips == 1)
        {
            return part;
        }

        int scattered = Add(new SendInstruction(_op, "scatter", After(part), width, _chips, LpuChip.ExchangeHops(_chips), _head));
        return Gather(Vector("sum chips", LpuUnit.Vxm, width, scattered), width);
    }

    int Gather(int part, int width) => Add(new SendInstruction(_op, "gather", After(part), width, _chips, LpuChip.ExchangeHops(_chips), _head));

    /// <summary>The instruction after which every chip has the whole value.</summary>
    int Whole(Value value)
    {
        (int instruction, bool cut) = At(value);
        if (cut && _chips > 1)
        {
            instruction = Gather(instruction, value.Width);
            Made(value, instruction, false);
        }

        return instruction;
    }

    int Add(LpuInstruction instruction)
    {
        _program.Add(instruction);
        return _program.Count - 1;
    }

    void Alias(Value input, Value output) => _made[output] = At(input);

    void Made(Value value, int instruction, bool cut) => _made[value] = (instruction, cut);

    /// <summary>What made a value; −1 for what comes from the piece before, whole on every chip.</summary>
    (int Instruction, bool Cut) At(Value value) => _made.TryGetValue(value, out (int, bool) made) ? made : (-1, false);

    int Part(int width, bool cut) => cut ? (width + _chips - 1) / _chips : width;

    int Experts(ExpertWeights[] matrices, int used, params int[] after)
    {
        int experts = matrices[0].Experts.Count;
        int local = Part(experts, true);
        int chips = Math.Max(1, _chips / experts); // of one expert
        long tiles = matrices.Sum(matrix => Tiles(matrix.Experts[0].Columns, (matrix.Experts[0].Rows + chips - 1) / chips));
        return Add(new ExpertInstruction(_op, After(after), tiles, local, used, experts));
    }

    static long Tiles(long inputs, long outputs) => (inputs + LpuChip.Lanes - 1) / LpuChip.Lanes * ((outputs + LpuChip.Lanes - 1) / LpuChip.Lanes);

    static int[] After(params int[] instructions) => [.. instructions.Where(instruction => instruction >= 0).Distinct()];
}
