using System.Runtime.CompilerServices;

namespace Millrace.Tokenization.Templates.Syntax;

/// <summary>The tokens of a template as a parser takes them, with the limit on nesting.</summary>
abstract class TokenReader(List<Token> tokens)
{
    const int MaxNesting = 200;

    readonly Dictionary<string, string> _names = new[] { "loop", "caller", "varargs", "kwargs" }.ToDictionary(name => name);
    int _at;
    int _nesting;

    protected Token Current => At(_at);

    protected Token Ahead => At(Math.Min(_at + 1, tokens.Count - 1));

    protected Token Take()
    {
        Token token = Current;
        _at = Math.Min(_at + 1, tokens.Count - 1);
        At(_at);
        return token;
    }

    protected bool TakeName(string name)
    {
        bool found = Current.IsName(name);
        if (found)
        {
            Take();
        }

        return found;
    }

    protected bool TakeOperator(string op)
    {
        bool found = Current.IsOperator(op);
        if (found)
        {
            Take();
        }

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
        if (++_nesting > MaxNesting || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
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

    Token At(int position) => tokens[position] is { Kind: TokenKind.Malformed } malformed
        ? throw new TemplateException(malformed.Text, malformed.Line)
        : tokens[position];

    TemplateException Unexpected(string expected) => Fail(Current.Kind == TokenKind.End
        ? $"unexpected end of template, expected '{expected}'."
        : $"expected token '{expected}', got '{Current.Describe()}'");
}
