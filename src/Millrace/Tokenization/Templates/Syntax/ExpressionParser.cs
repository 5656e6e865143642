using System.Globalization;
using System.Numerics;
using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>Parses expressions, by Jinja2's precedence: conditional, or, and, not, comparison, + -, ~, * / // %, **, sign, postfix, filter.</summary>
abstract class ExpressionParser(List<Token> tokens)
{
    const int MaxNesting = 200;

    static readonly Dictionary<string, Value> Literals = new()
    {
        ["true"] = BoolValue.True,
        ["True"] = BoolValue.True,
        ["false"] = BoolValue.False,
        ["False"] = BoolValue.False,
        ["none"] = NoneValue.Instance,
        ["None"] = NoneValue.Instance,
    };

    readonly Dictionary<string, string> _names = new[] { "loop", "caller", "varargs", "kwargs" }.ToDictionary(name => name);
    int _at;
    int _nesting;

    /// <summary>Filters and tests that do not exist, where Jinja2 refuses the template for it: not within a condition.</summary>
    protected List<(string Message, int Line)> UnknownNames { get; } = [];

    protected Token Current => tokens[_at];

    protected Token Ahead => tokens[Math.Min(_at + 1, tokens.Count - 1)];

    protected Token Take() => tokens[_at < tokens.Count - 1 ? _at++ : _at];

    protected bool TakeName(string name)
    {
        bool found = Current.IsName(name);
        _at += found ? 1 : 0;
        return found;
    }

    protected bool TakeOperator(string op)
    {
        bool found = Current.IsOperator(op);
        _at += found ? 1 : 0;
        return found;
    }

    protected Token Expect(TokenKind kind) => Current.Kind == kind ? Take() : throw Unexpected(Token.Describe(kind));

    protected void ExpectOperator(string op)
    {
        if (!TakeOperator(op))
        {
            throw Unexpected(op);
        }
    }

    protected void ExpectName(string name)
    {
        if (!TakeName(name))
        {
            throw Unexpected(name);
        }
    }

    protected TemplateException Fail(string message, int line = 0) => new(message, line == 0 ? Current.Line : line);

    /// <summary>Counts a level of nesting; <see cref="Leave"/> must follow.</summary>
    protected void Enter()
    {
        if (++_nesting > MaxNesting)
        {
            throw Fail($"line {Current.Line} of the template: nested more than {MaxNesting} deep");
        }
    }

    protected void Leave() => _nesting--;

    /// <summary>One string for each name, so that scopes can compare references.</summary>
    protected string Unique(string name)
    {
        if (!_names.TryGetValue(name, out string? unique))
        {
            _names.Add(name, unique = name);
        }

        return unique;
    }

    /// <summary>Called for each variable that is read.</summary>
    protected abstract void Reads(string name);

    protected Expression ParseExpression(bool conditional = true)
    {
        Enter();
        Expression expression = conditional ? ParseConditional() : ParseOr();
        Leave();
        return expression;
    }

    /// <summary>An expression, or a tuple of several without parentheses.</summary>
    protected Expression ParseTuple(bool conditional = true, string? endName = null, bool parentheses = false)
    {
        int line = Current.Line;
        List<Expression> items = [];
        bool isTuple = false;
        while (!(Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.IsOperator(")") || (endName is not null && Current.IsName(endName))))
        {
            items.Add(ParseExpression(conditional));
            if (!TakeOperator(","))
            {
                break;
            }

            isTuple = true;
        }

        if (!isTuple && items.Count == 1)
        {
            return items[0];
        }

        return isTuple || parentheses
            ? new Sequence(line, [.. items], isTuple: true)
            : throw Fail($"Expected an expression, got '{Current.Describe()}'");
    }

    protected ArgumentList ParseArguments()
    {
        int line = Current.Line;
        ExpectOperator("(");
        List<Expression> positional = [];
        List<KeyValuePair<string, Expression>> named = [];
        Expression? spread = null, namedSpread = null;
        bool first = true;
        while (!Current.IsOperator(")"))
        {
            if (!first)
            {
                ExpectOperator(",");
                if (Current.IsOperator(")"))
                {
                    break;
                }
            }

            first = false;
            bool valid = namedSpread is null;
            if (TakeOperator("*"))
            {
                valid &= spread is null;
                spread = ParseExpression();
            }
            else if (TakeOperator("**"))
            {
                namedSpread = ParseExpression();
            }
            else if (Current.Kind == TokenKind.Name && Ahead.IsOperator("="))
            {
                string name = Unique(Take().Text);
                Take();
                named.Add(new(name, ParseExpression()));
            }
            else
            {
                valid &= spread is null && named.Count == 0;
                positional.Add(ParseExpression());
            }

            if (!valid)
            {
                throw Fail("invalid syntax for function call expression", line);
            }
        }

        ExpectOperator(")");
        return positional.Count == 0 && named.Count == 0 && spread is null && namedSpread is null
            ? ArgumentList.None
            : new ArgumentList([.. positional], [.. named], spread, namedSpread);
    }

    /// <summary>A filter and those after it, on an input or, in blocks, on the text to come.</summary>
    protected Filtering ParseFilter(Expression? input)
    {
        int line = Current.Line;
        string name = ParseDottedName();
        if (Filter.Find(name) is null)
        {
            UnknownNames.Add(($"No filter named '{name}'.", line));
        }

        var filtering = new Filtering(line, input, name, Current.IsOperator("(") ? ParseArguments() : ArgumentList.None);
        return TakeOperator("|") ? ParseFilter(filtering) : filtering;
    }

    Expression ParseConditional()
    {
        int line = Current.Line;
        int unknown = UnknownNames.Count;
        Expression value = ParseOr();
        while (TakeName("if"))
        {
            Expression condition = ParseOr();
            Expression? otherwise = TakeName("else") ? ParseExpression() : null;
            value = new Conditional(line, condition, value, otherwise);
            UnknownNames.RemoveRange(unknown, UnknownNames.Count - unknown);
            line = Current.Line;
        }

        return value;
    }

    Expression ParseOr()
    {
        Expression left = ParseAnd();
        while (TakeName("or"))
        {
            left = new Logical(left.Line, isAnd: false, left, ParseAnd());
        }

        return left;
    }

    Expression ParseAnd()
    {
        Expression left = ParseNot();
        while (TakeName("and"))
        {
            left = new Logical(left.Line, isAnd: true, left, ParseNot());
        }

        return left;
    }

    Expression ParseNot()
    {
        if (!Current.IsName("not"))
        {
            return ParseComparison();
        }

        Enter();
        int line = Take().Line;
        var negation = new Unary(line, "not", ParseNot());
        Leave();
        return negation;
    }

    Expression ParseComparison()
    {
        Expression first = ParseSum();
        List<string> ops = [];
        List<Expression> others = [];
        while (true)
        {
            if (Current is { Kind: TokenKind.Operator, Text: "==" or "!=" or "<" or "<=" or ">" or ">=" } || Current.IsName("in"))
            {
                ops.Add(Take().Text);
            }
            else if (Current.IsName("not") && Ahead.IsName("in"))
            {
                Take();
                Take();
                ops.Add("not in");
            }
            else
            {
                break;
            }

            others.Add(ParseSum());
        }

        return ops.Count == 0 ? first : new Comparisons(first.Line, first, [.. ops], [.. others]);
    }

    Expression ParseSum()
    {
        Expression left = ParseConcatenation();
        while (Current is { Kind: TokenKind.Operator, Text: "+" or "-" })
        {
            string op = Take().Text;
            left = new Binary(left.Line, op, left, ParseConcatenation());
        }

        return left;
    }

    Expression ParseConcatenation()
    {
        Expression first = ParseProduct();
        if (!Current.IsOperator("~"))
        {
            return first;
        }

        List<Expression> parts = [first];
        while (TakeOperator("~"))
        {
            parts.Add(ParseProduct());
        }

        return new Concatenation(first.Line, [.. parts]);
    }

    Expression ParseProduct()
    {
        Expression left = ParsePower();
        while (Current is { Kind: TokenKind.Operator, Text: "*" or "/" or "//" or "%" })
        {
            string op = Take().Text;
            left = new Binary(left.Line, op, left, ParsePower());
        }

        return left;
    }

    Expression ParsePower()
    {
        Expression left = ParseUnary(withFilter: true);
        while (TakeOperator("**"))
        {
            left = new Binary(left.Line, "**", left, ParseUnary(withFilter: true));
        }

        return left;
    }

    Expression ParseUnary(bool withFilter)
    {
        Expression value;
        if (Current is { Kind: TokenKind.Operator, Text: "-" or "+" })
        {
            Enter();
            Token sign = Take();
            value = new Unary(sign.Line, sign.Text, ParseUnary(withFilter: false));
            Leave();
        }
        else
        {
            value = ParsePrimary();
        }

        value = ParsePostfix(value);
        return withFilter ? ParseFilters(value) : value;
    }

    Expression ParsePrimary()
    {
        Token token = Current;
        switch (token.Kind)
        {
            case TokenKind.Name:
                Take();
                if (Literals.TryGetValue(token.Text, out Value? literal))
                {
                    return new Constant(token.Line, literal);
                }

                Reads(token.Text);
                return new Name(token.Line, Unique(token.Text));
            case TokenKind.String:
                string text = Take().Text;
                while (Current.Kind == TokenKind.String)
                {
                    text += Take().Text;
                }

                return new Constant(token.Line, new Str(text, trusted: true));
            case TokenKind.Integer:
                Take();
                return new Constant(token.Line, IntValue.Of(Integer(token)));
            case TokenKind.Float:
                Take();
                return new Constant(token.Line, new FloatValue(double.Parse(token.Text, CultureInfo.InvariantCulture)));
            case TokenKind.Operator when token.Text == "(":
                Take();
                Expression inner = ParseTuple(parentheses: true);
                ExpectOperator(")");
                return inner;
            case TokenKind.Operator when token.Text == "[":
                return ParseList();
            case TokenKind.Operator when token.Text == "{":
                return ParseDictionary();
            default:
                throw Fail($"unexpected '{token.Describe()}'");
        }
    }

    BigInteger Integer(Token token) => Numbers.ParseInteger(token.Text, 0) ?? throw Fail("an integer literal too long", token.Line);

    Sequence ParseList()
    {
        int line = Take().Line;
        List<Expression> items = [];
        while (!Current.IsOperator("]"))
        {
            items.Add(ParseExpression());
            if (!TakeOperator(","))
            {
                break;
            }
        }

        ExpectOperator("]");
        return new Sequence(line, [.. items], isTuple: false);
    }

    Dictionary ParseDictionary()
    {
        int line = Take().Line;
        List<Expression> keys = [];
        List<Expression> values = [];
        while (!Current.IsOperator("}"))
        {
            keys.Add(ParseExpression());
            ExpectOperator(":");
            values.Add(ParseExpression());
            if (!TakeOperator(","))
            {
                break;
            }
        }

        ExpectOperator("}");
        return new Dictionary(line, [.. keys], [.. values]);
    }

    Expression ParsePostfix(Expression value)
    {
        while (Current.Kind == TokenKind.Operator)
        {
            switch (Current.Text)
            {
                case ".":
                    int line = Take().Line;
                    Token member = Take();
                    value = member.Kind switch
                    {
                        TokenKind.Name => new Attribute(line, value, member.Text),
                        TokenKind.Integer => new Item(line, value, new Constant(line, IntValue.Of(Integer(member)))),
                        _ => throw Fail("expected name or number", member.Line),
                    };
                    break;
                case "[":
                    value = ParseSubscript(value);
                    break;
                case "(":
                    value = new Call(Current.Line, value, ParseArguments());
                    break;
                default:
                    return value;
            }
        }

        return value;
    }

    Item ParseSubscript(Expression value)
    {
        int line = Take().Line;
        List<Expression> keys = [];
        while (!Current.IsOperator("]"))
        {
            if (keys.Count > 0)
            {
                ExpectOperator(",");
            }

            keys.Add(ParseSubscriptPart());
        }

        ExpectOperator("]");
        return new Item(line, value, keys.Count == 1 ? keys[0] : new Sequence(line, [.. keys], isTuple: true));
    }

    Expression ParseSubscriptPart()
    {
        int line = Current.Line;
        Expression? start = Current.IsOperator(":") ? null : ParseExpression();
        if (!TakeOperator(":"))
        {
            return start!;
        }

        Expression? stop = Bound();
        Expression? step = TakeOperator(":") ? Bound() : null;
        return new Slice(line, start, stop, step);

        Expression? Bound() => Current is { Kind: TokenKind.Operator, Text: ":" or "]" or "," } ? null : ParseExpression();
    }

    Expression ParseFilters(Expression value)
    {
        while (true)
        {
            if (TakeOperator("|"))
            {
                value = ParseFilter(value);
            }
            else if (Current.IsName("is"))
            {
                value = ParseTest(value);
            }
            else if (Current.IsOperator("("))
            {
                value = new Call(Current.Line, value, ParseArguments());
            }
            else
            {
                return value;
            }
        }
    }

    Expression ParseTest(Expression value)
    {
        int line = Take().Line;
        bool negated = TakeName("not");
        string name = ParseDottedName();
        if (Test.Find(name) is null)
        {
            UnknownNames.Add(($"No test named '{name}'.", line));
        }

        ArgumentList arguments = ArgumentList.None;
        if (Current.IsOperator("("))
        {
            arguments = ParseArguments();
        }
        else if (Current.Kind is TokenKind.String or TokenKind.Integer or TokenKind.Float
            || Current is { Kind: TokenKind.Operator, Text: "[" or "{" }
            || (Current.Kind == TokenKind.Name && Current.Text is not ("else" or "or" or "and")))
        {
            if (Current.IsName("is"))
            {
                throw Fail("You cannot chain multiple tests with is");
            }

            arguments = new ArgumentList([ParsePostfix(ParsePrimary())], [], null, null);
        }

        Expression testing = new Testing(line, value, name, arguments);
        return negated ? new Unary(line, "not", testing) : testing;
    }

    string ParseDottedName()
    {
        string name = Expect(TokenKind.Name).Text;
        while (TakeOperator("."))
        {
            name += "." + Expect(TokenKind.Name).Text;
        }

        return name;
    }

    TemplateException Unexpected(string expected) => Fail(Current.Kind == TokenKind.End
        ? $"unexpected end of template, expected '{expected}'."
        : $"expected token '{expected}', got '{Current.Describe()}'");
}
