using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Escaping as Python's markupsafe does it; templates render without autoescape, so only on request.</summary>
static class Html
{
    /// <summary>The text with &amp; &lt; &gt; ' and " replaced, marked safe; what is marked already stays as it is.</summary>
    public static Str Escape(Str value)
    {
        if (value.IsMarkup)
        {
            return value;
        }

        string escaped = value.Text
            .Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace("'", "&#39;", StringComparison.Ordinal)
            .Replace("\"", "&#34;", StringComparison.Ordinal);
        return escaped.Length == value.Text.Length ? value.WithMarkup(true) : value.Derive(escaped).WithMarkup(true);
    }
}
