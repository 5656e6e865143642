using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>A filter (<c>value | name(arguments)</c>) by its name.</summary>
sealed class Filter
{
    public delegate Value BoundBody(RenderContext context, Value input, Value?[] arguments);

    public delegate Value FreeBody(RenderContext context, Value input, Arguments arguments);

    static readonly Dictionary<string, Filter> All = Build();

    readonly FreeBody _body;

    Filter(FreeBody body) => _body = body;

    /// <summary>The filter, or null where there is none of that name.</summary>
    public static Filter? Find(string name) => All.GetValueOrDefault(name);

    public Value Apply(RenderContext context, Value input, Arguments arguments) => _body(context, input, arguments);

    static Dictionary<string, Filter> Build()
    {
        Dictionary<string, Filter> all = [];
        TextFilters.Register(Bound);
        NumberFilters.Register(Bound);
        SequenceFilters.Register(Bound);
        StreamFilters.Register(Bound, Free);
        Bound("tojson", ["ensure_ascii", "indent", "separators", "sort_keys"], JsonText.Filter);
        return all;

        void Bound(string name, string[] parameters, BoundBody body, int required = 0) =>
            all.Add(name, new((context, input, arguments) => body(context, input, arguments.Bind($"do_{name}", parameters, required))));

        void Free(string name, FreeBody body) => all.Add(name, new(body));
    }

    /// <summary>Adds a filter whose arguments are bound to parameters.</summary>
    public delegate void Register(string name, string[] parameters, BoundBody body, int required = 0);
}
