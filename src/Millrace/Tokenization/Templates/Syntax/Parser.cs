namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>Parses a template: text, print statements and block tags.</summary>
sealed class Parser : ExpressionParser
{
    readonly Stack<HashSet<string>> _macros = new();
    readonly Stack<string> _tags = new();
    readonly Stack<string[]> _ends = new();
    Frame _frame = new(null);
    int _loops;

    Parser(List<Token> tokens)
        : base(tokens)
    {
    }

    /// <summary>The statements of a template.</summary>
    /// <exception cref="TemplateException">The template is malformed.</exception>
    public static Body Parse(string source)
    {
        var parser = new Parser(Lexer.Tokenize(source));
        Frame frame = parser._frame;
        return parser.Within(frame, () => new Body(parser.ParseUntil([]), frame));
    }

    protected override void Reads(string name)
    {
        _frame.Read(name);
        if (name is "caller" or "varargs" or "kwargs")
        {
            foreach (HashSet<string> specials in _macros)
            {
                specials.Add(name);
            }
        }
    }

    /// <summary>The statements up to one of the tags, whose name is then current; up to the end where there are none.</summary>
    Statement[] ParseUntil(string[] ends)
    {
        List<Statement> statements = [];
        _ends.Push(ends);
        while (Current.Kind != TokenKind.End)
        {
            Token token = Take();
            switch (token.Kind)
            {
                case TokenKind.Data:
                    statements.Add(new Text(token.Line, token.Text));
                    break;
                case TokenKind.VariableBegin:
                    statements.Add(new Print(token.Line, ParseTuple()));
                    Expect(TokenKind.VariableEnd);
                    break;
                default:
                    if (Current.Kind == TokenKind.Name && Array.IndexOf(ends, Current.Text) >= 0)
                    {
                        _ends.Pop();
                        return [.. statements];
                    }

                    statements.Add(ParseStatement(ends));
                    Expect(TokenKind.BlockEnd);
                    break;
            }
        }

        return ends.Length == 0 ? [.. statements] : throw Fail(Missing("Unexpected end of template.", ends));
    }

    /// <summary>A body up to one of the tags, whose name is taken.</summary>
    (Statement[] Body, string End) ParseBody(params string[] ends)
    {
        TakeOperator(":");
        Expect(TokenKind.BlockEnd);
        Statement[] body = ParseUntil(ends);
        return (body, Take().Text);
    }

    Statement ParseStatement(string[] ends)
    {
        Token tag = Current.Kind == TokenKind.Name ? Take() : throw Fail("tag name expected");
        Enter();
        _tags.Push(tag.Text);
        Statement statement = tag.Text switch
        {
            "for" => ParseFor(tag.Line),
            "if" => ParseIf(tag.Line),
            "set" => ParseSet(tag.Line),
            "macro" => ParseMacro(tag.Line),
            "call" => ParseCall(tag.Line),
            "filter" => new Capture(tag.Line, null, ParseFilter(null), ParseInner("endfilter")),
            "with" => ParseWith(tag.Line),
            "block" => ParseBlock(tag.Line),
            "generation" => new With(tag.Line, [], ParseInner("endgeneration")),
            "autoescape" => ParseAutoescape(tag.Line),
            "print" => ParsePrint(tag.Line),
            "break" => ParseJump(tag, Flow.Break),
            "continue" => ParseJump(tag, Flow.Continue),
            "include" or "import" or "from" or "extends" => ParseRefused(tag.Line),
            _ => throw UnknownTag(tag, ends),
        };
        _tags.Pop();
        Leave();
        return statement;
    }

    TemplateException UnknownTag(Token tag, string[] ends)
    {
        _tags.Pop();
        string message = $"Encountered unknown tag '{tag.Text}'.";
        return Fail(ends.Length > 0 ? Missing(message, ends, tag.Text) : message, tag.Line);
    }

    string Missing(string message, string[] ends, string? tag = null)
    {
        string expected = string.Join(" or ", ends.Select(end => $"'{end}'"));
        string innermost = _tags.Count > 0 ? $" The innermost block that needs to be closed is '{_tags.Peek()}'." : "";
        return _ends.Any(outer => Array.IndexOf(outer, tag) >= 0)
            ? $"{message} You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for {expected}.{innermost}"
            : $"{message} Jinja was looking for the following tags: {expected}.{innermost}";
    }

    /// <summary>Parses a part with a level of names of its own. An unknown filter or test in it is an error, unless within an if of its own.</summary>
    T Within<T>(Frame frame, Func<T> parse)
    {
        (Frame before, _frame) = (_frame, frame);
        int known = UnknownNames.Count;
        T result = parse();
        _frame = before;
        return UnknownNames.Count == known ? result : throw new TemplateException(UnknownNames[known].Message, UnknownNames[known].Line);
    }

    /// <summary>A body with a level of names of its own, up to one tag.</summary>
    Body ParseInner(string end, Action<Frame>? declare = null)
    {
        Frame frame = new(_frame);
        declare?.Invoke(frame);
        return Within(frame, () => new Body(ParseBody(end).Body, frame));
    }

    For ParseFor(int line)
    {
        Target target = ParseTarget(withAttributes: false);
        ExpectName("in");
        Expression iterable = ParseTuple(conditional: false);
        Frame testFrame = new(_frame), frame = new(_frame), elseFrame = new(_frame);
        target.Visit(name => Declare(name, line, testFrame, frame), _ => { });
        LoopTest? test = TakeName("if") ? Within(testFrame, () => new LoopTest(ParseExpression(), testFrame)) : null;
        bool recursive = TakeName("recursive");
        frame.Read("loop");
        _loops++;
        (Statement[] body, string end) = Within(frame, () => ParseBody("endfor", "else"));
        _loops--;
        Statement[] otherwise = end == "else" ? Within(elseFrame, () => ParseBody("endfor").Body) : [];
        return new For(line, target, iterable, test, recursive, new Body(body, frame), new Body(otherwise, elseFrame));
    }

    void Declare(string name, int line, params ReadOnlySpan<Frame> frames)
    {
        if (name == "loop")
        {
            throw Fail("Can't assign to special loop variable in for-loop target", line);
        }

        foreach (Frame frame in frames)
        {
            frame.Read(name);
        }
    }

    If ParseIf(int line)
    {
        int unknown = UnknownNames.Count;
        _frame.Conditions++;
        List<(Expression?, Statement[])> branches = [];
        string end = "elif";
        while (end == "elif")
        {
            Expression condition = ParseTuple(conditional: false);
            (Statement[] body, end) = ParseBody("elif", "else", "endif");
            branches.Add((condition, body));
        }

        if (end == "else")
        {
            branches.Add((null, ParseBody("endif").Body));
        }

        _frame.Conditions--;
        UnknownNames.RemoveRange(unknown, UnknownNames.Count - unknown);
        return new If(line, [.. branches]);
    }

    Statement ParseSet(int line)
    {
        Target target = ParseTarget(withAttributes: true);
        if (TakeOperator("="))
        {
            Expression value = ParseTuple();
            target.Visit(Assigns, _frame.Read);
            return new Set(line, target, value);
        }

        Filtering? filter = TakeOperator("|") ? ParseFilter(null) : null;
        target.Visit(Assigns, _frame.Read);
        return new Capture(line, target, filter, ParseInner("endset"));

        void Assigns(string name)
        {
            if (name == "loop" && _loops > 0)
            {
                throw Fail("Can't assign to special loop variable in for-loop target", line);
            }

            _frame.Assign(name);
        }
    }

    With ParseWith(int line)
    {
        List<(Target, Expression)> bindings = [];
        while (Current.Kind != TokenKind.BlockEnd && !Current.IsOperator(":"))
        {
            if (bindings.Count > 0)
            {
                ExpectOperator(",");
            }

            Target target = ParseSingleTarget(withAttributes: false);
            ExpectOperator("=");
            bindings.Add((target, ParseExpression()));
        }

        return new With(line, [.. bindings], ParseInner("endwith", frame => bindings.ForEach(binding => binding.Item1.Visit(frame.Read, frame.Read))));
    }

    With ParseBlock(int line)
    {
        string name = Expect(TokenKind.Name).Text;
        TakeName("scoped");
        TakeName("required");
        Body body = ParseInner("endblock");
        TakeName(name);
        return new With(line, [], body);
    }

    With ParseAutoescape(int line)
    {
        if (!TakeName("false") && !TakeName("False"))
        {
            throw Fail("autoescape is not supported", line);
        }

        return new With(line, [], ParseInner("endautoescape"));
    }

    Print ParsePrint(int line)
    {
        List<Expression> values = [];
        while (Current.Kind != TokenKind.BlockEnd)
        {
            if (values.Count > 0)
            {
                ExpectOperator(",");
            }

            values.Add(ParseExpression());
        }

        return new Print(line, [.. values]);
    }

    Jump ParseJump(Token tag, Flow flow) => _loops > 0 ? new Jump(tag.Line, flow) : throw Fail($"'{tag.Text}' outside loop", tag.Line);

    Refused ParseRefused(int line)
    {
        while (Current.Kind is not (TokenKind.BlockEnd or TokenKind.End))
        {
            Take();
        }

        return new Refused(line);
    }

    MacroStatement ParseMacro(int line)
    {
        string name = Unique(Expect(TokenKind.Name).Text);
        _frame.Assign(name);
        return new MacroStatement(line, ParseDefinition(name, "endmacro"));
    }

    CallBlock ParseCall(int line)
    {
        Call? call = null;
        MacroDefinition caller = ParseDefinition(null, "endcall", () => call = ParseExpression() as Call ?? throw Fail("expected call", line));
        return new CallBlock(line, call!, caller);
    }

    /// <summary>Parameters, for a call block the call, and the body.</summary>
    MacroDefinition ParseDefinition(string? name, string end, Action? parseCall = null)
    {
        HashSet<string> specials = [];
        List<string> parameters = [];
        List<Expression> defaults = [];
        Frame frame = new(_frame);
        if (name is not null || Current.IsOperator("("))
        {
            Within(frame, () => ParseParameters(parameters, defaults));
        }

        parseCall?.Invoke();
        (int loops, _loops) = (_loops, 0);
        _macros.Push(specials);
        Statement[] body = Within(frame, () => ParseBody(end).Body);
        _macros.Pop();
        _loops = loops;
        return new MacroDefinition(name, [.. parameters], [.. defaults], new Body(body, frame), specials);
    }

    bool ParseParameters(List<string> parameters, List<Expression> defaults)
    {
        ExpectOperator("(");
        while (!Current.IsOperator(")"))
        {
            if (parameters.Count > 0)
            {
                ExpectOperator(",");
            }

            parameters.Add(Unique(Expect(TokenKind.Name).Text));
            _frame.Read(parameters[^1]);
            if (TakeOperator("="))
            {
                defaults.Add(ParseExpression());
            }
            else if (defaults.Count > 0)
            {
                throw Fail("non-default argument follows default argument");
            }
        }

        ExpectOperator(")");
        return true;
    }

    /// <summary>A target, or several separated by commas.</summary>
    Target ParseTarget(bool withAttributes)
    {
        List<Target> targets = [];
        bool isTuple = false;
        while (Current.Kind != TokenKind.BlockEnd && !Current.IsOperator(")"))
        {
            targets.Add(ParseSingleTarget(withAttributes));
            if (!TakeOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        return isTuple ? new TupleTarget([.. targets]) : targets.Count == 1 ? targets[0]
            : throw Fail($"Expected an expression, got '{Current.Describe()}'");
    }

    Target ParseSingleTarget(bool withAttributes)
    {
        if (TakeOperator("("))
        {
            Enter();
            Target inner = ParseTarget(withAttributes);
            Leave();
            ExpectOperator(")");
            return inner;
        }

        Token token = Current.Kind is TokenKind.Operator or TokenKind.VariableEnd or TokenKind.BlockEnd ? throw Fail($"unexpected '{Current.Describe()}'") : Take();
        if (token.Kind != TokenKind.Name || token.Text is "true" or "false" or "none" or "True" or "False" or "None")
        {
            throw Fail("can't assign to 'const'", token.Line);
        }

        string name = Unique(token.Text);
        return withAttributes && TakeOperator(".") ? new AttributeTarget(name, Expect(TokenKind.Name).Text) : new NameTarget(name);
    }
}
