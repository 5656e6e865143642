namespace Millrace.Tokenization.Text;

/// <summary>Runs a compiled expression by backtracking with a stack of its own. As nothing is captured, what failed once at a position of a text fails there always: each loop remembers where it last failed, and forks are remembered too once a text has cost many steps, so that the time is linear. A budget of steps ends whatever is not.</summary>
sealed class Matcher
{
    const int MaxFrames = 1 << 24;
    const int KeptFrames = 1 << 12;
    const int MaxRemembered = 1 << 22;

    readonly string _source;
    readonly Instruction[] _code;
    readonly int[] _failedFrom;
    readonly int[] _failedTo;
    HashSet<(int Pc, int Position)>? _failedForks;
    Frame[] _frames = new Frame[KeptFrames];
    int _depth;
    int _barrier;
    long _steps;
    long _rememberAfter;
    long _mostSteps;

    public Matcher(string source, Instruction[] code, int loops)
    {
        _source = source;
        _code = code;
        _failedFrom = new int[loops];
        _failedTo = new int[loops];
    }

    /// <summary>Pc is where to go on, or the complement of the instruction that left the frame.</summary>
    record struct Frame(int Pc, int Position, int Low, int High);

    /// <summary>Forgets the last text. Must be called before the matches of another one.</summary>
    public void Begin(int length)
    {
        _failedFrom.AsSpan().Fill(int.MaxValue);
        _failedForks = null;
        if (_frames.Length > KeptFrames)
        {
            _frames = new Frame[KeptFrames];
        }

        _steps = 0;
        _rememberAfter = 65536 + 32L * length;
        _mostSteps = (1 << 20) + 256L * length;
    }

    /// <summary>Matches at one position.</summary>
    /// <returns>The end of the match, or -1.</returns>
    public int Match(ReadOnlySpan<byte> text, int start)
    {
        _depth = 0;
        _barrier = -1;
        int pc = 0;
        int at = start;
        while (pc >= 0)
        {
            ref readonly Instruction i = ref _code[pc];
            if (++_steps > _mostSteps)
            {
                throw new PatternException(_source, -1, $"more than {_mostSteps} steps in a text of {text.Length} bytes");
            }

            switch (i.Op)
            {
                case Op.Set:
                    int length = i.Class!.Match(text, at);
                    at += length;
                    pc = length > 0 ? pc + 1 : Backtrack(text, ref at);
                    break;
                case Op.Loop or Op.PossessiveLoop or Op.LazyLoop:
                    pc = Loop(i, text, pc, ref at);
                    break;
                case Op.Jump:
                    pc = i.A;
                    break;
                case Op.Split:
                    pc = Split(i, text, pc, ref at);
                    break;
                case Op.Anchor:
                    pc = Holds((Anchor)i.A, text, at) ? pc + 1 : Backtrack(text, ref at);
                    break;
                case Op.Leave:
                    pc = Leave(text, ref at);
                    break;
                case Op.Match:
                    return at;
                default:
                    pc = Enter(i, text, pc, ref at);
                    break;
            }
        }

        return -1;
    }

    int Loop(in Instruction i, ReadOnlySpan<byte> text, int pc, ref int at)
    {
        if (at >= _failedFrom[i.A] && at <= _failedTo[i.A])
        {
            return Backtrack(text, ref at);
        }

        int end = i.Class!.Run(text, at, i.Min, i.Op == Op.LazyLoop ? i.Min : i.Max, out int low);
        if (end < 0)
        {
            return Backtrack(text, ref at);
        }

        _steps += end - at;
        if (_code[pc + 1].Op != Op.Match && (end > low || i.Op != Op.Loop))
        {
            Push(new(~pc, i.Op == Op.PossessiveLoop ? low : end, i.Op == Op.LazyLoop ? i.Max - i.Min : low, end));
        }

        at = end;
        return pc + 1;
    }

    int Split(in Instruction i, ReadOnlySpan<byte> text, int pc, ref int at)
    {
        if (i.Class is not null && i.Class.Match(text, at) == 0)
        {
            return i.B;
        }

        if (i.OtherClass is not null && i.OtherClass.Match(text, at) == 0)
        {
            return i.A;
        }

        if (_steps > _rememberAfter)
        {
            _failedForks ??= [];
            if (_failedForks.Contains((pc, at)))
            {
                return Backtrack(text, ref at);
            }

            Push(new(~pc, at, 0, 0));
        }

        Push(new(i.B, at, 0, 0));
        return i.A;
    }

    int Enter(in Instruction i, ReadOnlySpan<byte> text, int pc, ref int at)
    {
        int from = at;
        for (int back = 0; back < i.Min; back++)
        {
            if (from == 0)
            {
                return i.Op == Op.NegativeLook ? i.A : Backtrack(text, ref at);
            }

            from -= Utf8.LengthBefore(text, from);
        }

        Push(new(~pc, at, _barrier, 0));
        _barrier = _depth - 1;
        at = from;
        return pc + 1;
    }

    /// <summary>What was enclosed has matched: its other ways are given up.</summary>
    int Leave(ReadOnlySpan<byte> text, ref int at)
    {
        Frame frame = _frames[_barrier];
        _depth = _barrier;
        _barrier = frame.Low;
        ref readonly Instruction enter = ref _code[~frame.Pc];
        if (enter.Op == Op.NegativeLook)
        {
            return Backtrack(text, ref at);
        }

        at = enter.Op == Op.Look ? frame.Position : at;
        return enter.A;
    }

    /// <summary>Goes back to the last choice that has another way.</summary>
    /// <returns>Where to go on, or -1 where nothing is left.</returns>
    int Backtrack(ReadOnlySpan<byte> text, ref int at)
    {
        while (_depth > 0)
        {
            _steps++;
            ref Frame frame = ref _frames[--_depth];
            at = frame.Position;
            if (frame.Pc >= 0)
            {
                return frame.Pc;
            }

            int pc = ~frame.Pc;
            ref readonly Instruction i = ref _code[pc];
            switch (i.Op)
            {
                case Op.Loop or Op.PossessiveLoop when frame.Position > frame.Low:
                    at -= Utf8.LengthBefore(text, at);
                    frame.Position = at;
                    _depth++;
                    return pc + 1;
                case Op.Loop or Op.PossessiveLoop when i.Max == RepeatNode.Unbounded:
                    (_failedFrom[i.A], _failedTo[i.A]) = (frame.Low, frame.High);
                    break;
                case Op.LazyLoop when frame.Low > 0 && i.Class!.Match(text, at) is > 0 and int length:
                    at += length;
                    frame.Position = at;
                    frame.Low -= i.Max == RepeatNode.Unbounded ? 0 : 1;
                    _depth++;
                    return pc + 1;
                case Op.Split when _failedForks!.Count < MaxRemembered:
                    _failedForks.Add((pc, at));
                    break;
                case Op.Atomic or Op.Look:
                    _barrier = frame.Low;
                    break;
                case Op.NegativeLook:
                    _barrier = frame.Low;
                    return i.A;
            }
        }

        return -1;
    }

    void Push(Frame frame)
    {
        if (_depth == _frames.Length)
        {
            if (_depth >= MaxFrames)
            {
                throw new PatternException(_source, -1, $"more than {MaxFrames} choices open");
            }

            Array.Resize(ref _frames, 2 * _depth);
        }

        _frames[_depth++] = frame;
    }

    static bool Holds(Anchor anchor, ReadOnlySpan<byte> text, int at) => anchor switch
    {
        Anchor.TextStart => at == 0,
        Anchor.TextEnd => at == text.Length,
        Anchor.TextEndOrLastNewline => at == text.Length || (at == text.Length - 1 && text[at] == '\n'),
        Anchor.LineStart => at == 0 || (text[at - 1] == '\n' && at < text.Length),
        Anchor.LineEnd => at == text.Length || text[at] == '\n',
        Anchor.WordBoundary => AtWordBoundary(text, at),
        _ => !AtWordBoundary(text, at),
    };

    static bool AtWordBoundary(ReadOnlySpan<byte> text, int at)
    {
        bool before = at > 0 && IsWord(text, at - Utf8.LengthBefore(text, at));
        return before != (at < text.Length && IsWord(text, at));
    }

    static bool IsWord(ReadOnlySpan<byte> text, int at)
    {
        Utf8.Decode(text, at, out int codePoint);
        return UnicodeSets.WordCharacter.Contains(codePoint);
    }
}
