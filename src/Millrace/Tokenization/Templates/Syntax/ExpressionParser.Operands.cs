using System.Globalization;
using System.Numerics;
using Millrace.Tokenization.Templates.Runtime;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>What operators stand between: literals, names, subscripts, calls, filters and tests.</summary>
abstract partial class ExpressionParser
{
    static readonly Dictionary<string, Value> Literals = new()
    {
        ["true"] = BoolValue.True,
        ["True"] = BoolValue.True,
        ["false"] = BoolValue.False,
        ["False"] = BoolValue.False,
        ["none"] = NoneValue.Instance,
        ["None"] = NoneValue.Instance,
    };

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
                List<string> parts = [];
                while (Current.Kind == TokenKind.String)
                {
                    parts.Add(Take().Text);
                }

                return new Constant(token.Line, new Str(string.Concat(parts), trusted: true));
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
        while (!TakeOperator("]"))
        {
            if (items.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator("]"))
                {
                    break;
                }
            }

            items.Add(ParseExpression());
        }

        return new Sequence(line, [.. items], isTuple: false);
    }

    Dictionary ParseDictionary()
    {
        int line = Take().Line;
        List<Expression> keys = [];
        List<Expression> values = [];
        while (!TakeOperator("}"))
        {
            if (keys.Count > 0)
            {
                ExpectOperator(",");
                if (TakeOperator("}"))
                {
                    break;
                }
            }

            keys.Add(ParseExpression());
            ExpectOperator(":");
            values.Add(ParseExpression());
        }

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
}
