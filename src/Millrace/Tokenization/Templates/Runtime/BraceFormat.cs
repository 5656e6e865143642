using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>
/// Python's <c>pattern.format(…)</c>, with the attribute access of the sandbox. Each piece of the result keeps its own trust.
/// </summary>
sealed class BraceFormat
{
    readonly RenderContext _context;
    readonly Arguments _arguments;
    readonly bool _escape;
    int _automatic;

    BraceFormat(RenderContext context, Arguments arguments, bool escape) => (_context, _arguments, _escape) = (context, arguments, escape);

    public static Value Apply(RenderContext context, Str pattern, Arguments arguments, bool isMap)
    {
        if (isMap)
        {
            if (arguments.Bind("format_map", ["mapping"], 1)[0] is not DictValue map)
            {
                throw new TemplateException("format_map() requires a mapping");
            }

            arguments = new Arguments([], [.. map.Entries.Where(entry => entry.Key is Str).Select(entry => new KeyValuePair<string, Value>(((Str)entry.Key).Text, entry.Value))]);
        }

        return new BraceFormat(context, arguments, pattern.IsMarkup).Format(pattern, 2);
    }

    Str Format(Str pattern, int depth)
    {
        if (depth < 0)
        {
            throw new TemplateException("Max string recursion exceeded");
        }

        var builder = new TextBuilder(_context);
        string text = pattern.Text;
        for (int at = 0; at < text.Length;)
        {
            _context.Charge();
            int brace = text.AsSpan(at).IndexOfAny('{', '}');
            if (brace < 0)
            {
                builder.Append(pattern.Slice(at, text.Length));
                break;
            }

            builder.Append(pattern.Slice(at, at + brace));
            at += brace;
            if (at + 1 < text.Length && text[at + 1] == text[at])
            {
                builder.Append(pattern.Slice(at, at + 1));
                at += 2;
                continue;
            }

            if (text[at] == '}')
            {
                throw new TemplateException("Single '}' encountered in format string");
            }

            int end = FieldEnd(text, at + 1);
            builder.Append(Field(pattern, at + 1, end, depth));
            at = end + 1;
        }

        return builder.ToStr(pattern.IsMarkup);
    }

    static int FieldEnd(string text, int start)
    {
        int nested = 1;
        bool inBracket = false;
        for (int at = start; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '[' when nested == 1:
                    inBracket = true;
                    break;
                case ']':
                    inBracket = false;
                    break;
                case '{' when !inBracket:
                    nested++;
                    break;
                case '}' when !inBracket && --nested == 0:
                    return at;
            }
        }

        throw new TemplateException(start == text.Length ? "Single '{' encountered in format string" : "expected '}' before end of string");
    }

    Str Field(Str pattern, int start, int end, int depth)
    {
        _context.Charge(1 + _arguments.Named.Length);
        string text = pattern.Text;
        int nameEnd = start;
        for (bool bracket = false; nameEnd < end && (bracket || text[nameEnd] is not (':' or '!')); nameEnd++)
        {
            bracket = text[nameEnd] == '[' || (bracket && text[nameEnd] != ']');
        }

        Value value = Lookup(text[start..nameEnd]);
        int at = nameEnd;
        if (at < end && text[at] == '!')
        {
            char conversion = at + 1 < end ? text[at + 1] : throw new TemplateException("end of string while looking for conversion specifier");
            at += 2;
            if (at < end && text[at] != ':')
            {
                throw new TemplateException("expected ':' after conversion specifier");
            }

            value = conversion switch
            {
                's' => PythonText.Of(_context, value),
                'r' or 'a' => PythonText.Repr(_context, value, ascii: conversion == 'a'),
                _ => throw new TemplateException($"Unknown conversion specifier {conversion}"),
            };
        }

        Str spec = at < end ? Format(pattern.Slice(at + 1, end).WithMarkup(false), depth - 1) : Str.Empty;
        if (_escape && spec.Text.Length == 0)
        {
            return Html.Escape(PythonText.Soft(_context, value));
        }

        Str formatted = FormatSpec.Apply(_context, value, spec.Text);
        return _escape ? Html.Escape(formatted) : formatted;
    }

    Value Lookup(string field)
    {
        int end = field.AsSpan().IndexOfAny('.', '[');
        string first = end < 0 ? field : field[..end];
        Value value = First(first);
        for (int at = first.Length; at < field.Length;)
        {
            if (field[at] == '.')
            {
                int next = field.AsSpan(at + 1).IndexOfAny('.', '[');
                next = next < 0 ? field.Length : at + 1 + next;
                value = next > at + 1 ? Access.Attribute(_context, value, field[(at + 1)..next]) : throw new TemplateException("Empty attribute in format string");
                at = next;
                continue;
            }

            int close = field[at] == '[' ? field.IndexOf(']', at) : throw new TemplateException("Only '.' or '[' may follow ']' in format field specifier");
            string key = close > at + 1 ? field[(at + 1)..close] : throw new TemplateException(close < 0 ? "Missing ']' in format string" : "Empty attribute in format string");
            value = Access.Item(_context, value, IsIndex(key) ? IntValue.Of(Numbers.ParseInteger(key, 10)!.Value) : new Str(key, trusted: true));
            at = close + 1;
        }

        return value;
    }

    Value First(string name)
    {
        if (name.Length == 0)
        {
            if (_automatic < 0)
            {
                throw new TemplateException("cannot switch from manual field specification to automatic field numbering");
            }

            return Positional(_automatic++);
        }

        if (IsIndex(name))
        {
            if (_automatic > 0)
            {
                throw new TemplateException("cannot switch from manual field specification to automatic field numbering");
            }

            _automatic = -1;
            return Positional((int)System.Numerics.BigInteger.Min(int.MaxValue, Numbers.ParseInteger(name, 10)!.Value));
        }

        return _arguments.Find(name) ?? throw new TemplateException($"'{name}'");
    }

    Value Positional(int index) => index < _arguments.Positional.Length
        ? _arguments.Positional[index]
        : throw new TemplateException("tuple index out of range");

    static bool IsIndex(string text) => text.Length is > 0 and < 100 && text.All(char.IsAsciiDigit);
}
