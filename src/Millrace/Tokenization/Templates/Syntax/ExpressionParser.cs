namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>Parses expressions, by Jinja2's precedence: conditional, or, and, not, comparison, + -, ~, * / // %, **, sign, postfix, filter.</summary>
abstract partial class ExpressionParser(List<Token> tokens) : TokenReader(tokens)
{
    /// <summary>Filters and tests that do not exist, where Jinja2 refuses the template for it: not within a condition.</summary>
    protected List<(string Message, int Line)> UnknownNames { get; } = [];

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
    protected Expression ParseTuple(bool conditional = true, bool parentheses = false)
    {
        int line = Current.Line;
        List<Expression> items = [];
        bool isTuple = false;
        while (!(Current.Kind is TokenKind.VariableEnd or TokenKind.BlockEnd || Current.IsOperator(")")))
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
}
