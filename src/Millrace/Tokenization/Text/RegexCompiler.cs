namespace Millrace.Tokenization.Text;

enum Op : byte
{
    /// <summary>Takes one member of Class.</summary>
    Set,

    /// <summary>Takes Min to Max members of Class: as many as there are and gives back, as few as will do, or as many as there are for good.</summary>
    Loop,
    LazyLoop,
    PossessiveLoop,

    /// <summary>Goes to A.</summary>
    Jump,

    /// <summary>Goes to A, and to B where that fails. Class and OtherClass hold what can stand at the beginning of each way; null where anything can.</summary>
    Split,

    /// <summary>Goes on where the anchor A holds.</summary>
    Anchor,

    /// <summary>Runs what follows up to Leave as one undivided match and goes on at A: from where it ended, or from here.</summary>
    Atomic,
    Look,
    NegativeLook,
    Leave,
    Match,
}

struct Instruction
{
    public Op Op;
    public int A;
    public int B;
    public int Min;
    public int Max;
    public CharacterClass? Class;
    public CharacterClass? OtherClass;
}

/// <summary>Compiles a syntax tree into instructions for <see cref="Matcher"/>. In a loop over a class, A numbers the loop; in a look, Min is the number of characters to step back first.</summary>
sealed class RegexCompiler
{
    const int MaxInstructions = 1 << 16;
    const int MaxClasses = 512;

    readonly string _source;
    readonly List<Instruction> _code = [];
    readonly List<CharacterClass> _classes = [];

    RegexCompiler(string source) => _source = source;

    int Loops { get; set; }

    public static (Instruction[] Code, int Loops) Compile(string source, RegexNode root)
    {
        RegexCompiler compiler = new(source);
        compiler.Emit(root);
        compiler.Add(new() { Op = Op.Match });
        compiler.SettleLoops();
        return ([.. compiler._code], compiler.Loops);
    }

    int Add(Instruction instruction)
    {
        if (_code.Count >= MaxInstructions)
        {
            throw new PatternException(_source, -1, $"more than {MaxInstructions} instructions");
        }

        _code.Add(instruction);
        return _code.Count - 1;
    }

    CharacterClass Class(CodePointSet set)
    {
        CharacterClass? known = _classes.Find(one => one.Set.SameAs(set));
        if (known is null)
        {
            if (_classes.Count >= MaxClasses)
            {
                throw new PatternException(_source, -1, $"more than {MaxClasses} different sets");
            }

            known = new(set);
            _classes.Add(known);
        }

        return known;
    }

    CharacterClass? Beginning(RegexNode node) => node.Nullable ? null : Class(node.First);

    void Emit(RegexNode node)
    {
        switch (node)
        {
            case SetNode set:
                Add(new() { Op = Op.Set, Class = Class(set.Set) });
                break;
            case SequenceNode sequence:
                foreach (RegexNode item in sequence.Items)
                {
                    Emit(item);
                }

                break;
            case AlternationNode alternation:
                Alternate(alternation.Items);
                break;
            case RepeatNode { Item: SetNode set } repeat:
                Op op = repeat.Greed switch { Greed.Greedy => Op.Loop, Greed.Lazy => Op.LazyLoop, _ => Op.PossessiveLoop };
                Add(new() { Op = op, A = Loops++, Class = Class(set.Set), Min = repeat.Min, Max = repeat.Max });
                break;
            case RepeatNode { Greed: Greed.Possessive } repeat:
                Enclose(Op.Atomic, repeat with { Greed = Greed.Greedy }, 0);
                break;
            case RepeatNode repeat:
                Repeat(repeat);
                break;
            case AtomicNode atomic:
                Enclose(Op.Atomic, atomic.Item, 0);
                break;
            case LookNode look:
                Enclose(look.Negative ? Op.NegativeLook : Op.Look, look.Item, look.Behind ? look.Item.Width : 0);
                break;
            case AnchorNode anchor:
                Add(new() { Op = Op.Anchor, A = (int)anchor.Anchor });
                break;
        }
    }

    void Alternate(IReadOnlyList<RegexNode> items)
    {
        List<int> ends = [];
        for (int i = 0; i < items.Count - 1; i++)
        {
            AlternationNode rest = new([.. items.Skip(i + 1)]);
            int split = Add(new() { Op = Op.Split, A = _code.Count + 1, Class = Beginning(items[i]), OtherClass = Beginning(rest) });
            Emit(items[i]);
            ends.Add(Add(new() { Op = Op.Jump }));
            Patch(split, second: _code.Count);
        }

        Emit(items[^1]);
        ends.ForEach(end => Patch(end, first: _code.Count));
    }

    void Repeat(RepeatNode repeat)
    {
        for (int i = 0; i < repeat.Min; i++)
        {
            Emit(repeat.Item);
        }

        if (repeat.Max == RepeatNode.Unbounded)
        {
            int head = Optional(repeat);
            Add(new() { Op = Op.Jump, A = head });
            SetExit(head, repeat.Greed);
            return;
        }

        List<int> heads = [];
        for (int i = repeat.Min; i < repeat.Max; i++)
        {
            heads.Add(Optional(repeat));
        }

        heads.ForEach(head => SetExit(head, repeat.Greed));
    }

    int Optional(RepeatNode repeat)
    {
        CharacterClass? beginning = Beginning(repeat.Item);
        int body = _code.Count + 1;
        int head = Add(repeat.Greed == Greed.Greedy
            ? new() { Op = Op.Split, A = body, Class = beginning }
            : new() { Op = Op.Split, B = body, OtherClass = beginning });
        Emit(repeat.Item);
        return head;
    }

    void SetExit(int head, Greed greed)
    {
        if (greed == Greed.Greedy)
        {
            Patch(head, second: _code.Count);
        }
        else
        {
            Patch(head, first: _code.Count);
        }
    }

    void Enclose(Op op, RegexNode item, int back)
    {
        int enter = Add(new() { Op = op, Min = back });
        Emit(item);
        Add(new() { Op = Op.Leave });
        Patch(enter, first: _code.Count);
    }

    void Patch(int at, int first = -1, int second = -1)
    {
        Instruction instruction = _code[at];
        instruction.A = first >= 0 ? first : instruction.A;
        instruction.B = second >= 0 ? second : instruction.B;
        _code[at] = instruction;
    }

    /// <summary>A greedy loop before the end of the match never gives back.</summary>
    void SettleLoops()
    {
        for (int pc = 0; pc < _code.Count; pc++)
        {
            int next = pc + 1;
            while (_code[pc].Op == Op.Loop && _code[next].Op == Op.Jump)
            {
                next = _code[next].A;
            }

            if (_code[pc].Op == Op.Loop && _code[next].Op == Op.Match)
            {
                Instruction settled = _code[pc];
                settled.Op = Op.PossessiveLoop;
                _code[pc] = settled;
            }
        }
    }
}
