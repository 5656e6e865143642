using System.Diagnostics;
using System.Text;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

/// <summary>Templates that want to break out, never end, or use up the machine.</summary>
public class HostileTemplateTests
{
    static readonly TemplateLimits Small = new() { Steps = 200_000, Characters = 2_000_000, CallDepth = 100 };

    [Theory]
    [InlineData("{{ ''.__class__.__mro__[1].__subclasses__() }}")]
    [InlineData("{{ ''.__class__.__base__.__subclasses__()[104].__init__.__globals__['sys'].modules['os'].popen('id').read() }}")]
    [InlineData("{{ cycler.__init__.__globals__.os.popen('id').read() }}")]
    [InlineData("{{ joiner.__init__.__globals__.os.popen('id').read() }}")]
    [InlineData("{{ namespace.__init__.__globals__.os.popen('id').read() }}")]
    [InlineData("{{ self._TemplateReference__context.cycler.__init__.__globals__.os }}")]
    [InlineData("{{ lipsum.__globals__['os'].popen('id').read() }}")]
    [InlineData("{{ lipsum.__globals__.os.popen('id').read() }}")]
    [InlineData("{{ range.__globals__.x }}")]
    [InlineData("{{ raise_exception.__globals__['sys'].exit() }}")]
    [InlineData("{{ strftime_now.__closure__[0].cell_contents }}")]
    [InlineData("{{ messages.__class__.__base__.__subclasses__() }}")]
    [InlineData("{{ ('' | attr('__class__')).__mro__ }}")]
    [InlineData("{{ ('' | attr('__class__') | attr('__mro__')) }}")]
    [InlineData("{{ [''] | map(attribute='__class__.__mro__') | list }}")]
    [InlineData("{{ [''] | map('attr', '__class__') | map('attr', '__mro__') | list }}")]
    [InlineData("{{ ''['__class__']['__mro__'] }}")]
    [InlineData("{{ ''['__cla' ~ 'ss__']['__mro__'] }}")]
    [InlineData("{{ '{0.__class__.__mro__}'.format('') }}")]
    [InlineData("{{ '{0[__class__][__mro__]}'.format('') }}")]
    [InlineData("{{ '{x.__class__.__mro__}'.format_map({'x': 1}) }}")]
    [InlineData("{{ ('{0.__class__.__mro__}' | safe).format('') }}")]
    [InlineData("{{ ''.GetType().Assembly }}")]
    [InlineData("{{ messages.GetType().Module }}")]
    [InlineData("{{ xs.Items.Length }}")]
    [InlineData("{{ ''.Text.Length }}")]
    [InlineData("{{ get_flashed_messages.__globals__ }}")]
    [InlineData("{{ config.items() }}")]
    [InlineData("{{ request.application.__globals__ }}")]
    [InlineData("{{ url_for.__globals__ }}")]
    [InlineData("{{ (messages | list).append(1) }}")]
    [InlineData("{{ {}.update({'a': 1}) }}")]
    [InlineData("{{ {}.__class__.fromkeys('a') }}")]
    [InlineData("{% set x = namespace() %}{{ x.__class__.__mro__ }}")]
    [InlineData("{% set x = namespace() %}{{ x.__init__.__globals__ }}")]
    [InlineData("{% macro m() %}{% endmacro %}{{ m.__init__.__globals__ }}")]
    [InlineData("{% macro m() %}{% endmacro %}{{ m._func.__globals__ }}")]
    [InlineData("{% for x in [1] %}{{ loop.__class__.__mro__ }}{% endfor %}")]
    [InlineData("{% for x in [1] %}{{ loop._iterator.gi_frame }}{% endfor %}")]
    [InlineData("{{ (messages | map('string')).gi_frame.f_globals }}")]
    [InlineData("{% include '/etc/passwd' %}")]
    [InlineData("{% import 'os' as os %}{{ os.popen('id') }}")]
    [InlineData("{% from 'os' import popen %}")]
    [InlineData("{% extends '/etc/passwd' %}")]
    public void Escapes_from_the_sandbox_are_errors(string source)
    {
        TemplateException error = Assert.Throws<TemplateException>(() => Rendering.Render(source));
        Assert.Equal(1, error.Line);
        Assert.DoesNotContain("Millrace", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{{ ''.__class__ }}")]
    [InlineData("{{ messages.append }}")]
    [InlineData("{{ '{0.__class__}'.format('') }}")]
    [InlineData("{{ messages.__len__ }}")]
    [InlineData("{{ ''.GetType }}")]
    public void What_the_sandbox_hides_prints_as_nothing(string source) => Assert.Equal("", Rendering.Render(source));

    [Theory]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% for a in range(99999) %}{% for b in range(99999) %}{{ b }}{% endfor %}{% endfor %}", "steps")]
    [InlineData("{% for a in range(99999) %}{% if messages is defined and a in xs %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = '%s%s' % (ns.s, ns.s) %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = '{0}{0}'.format(ns.s) %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = ns.s.replace('x', 'xx') %}{% endfor %}", "steps")]
    [InlineData("{% set ns = namespace(s='x') %}{% for i in range(99999) %}{% set ns.s = [ns.s, ns.s] | join %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s + ns.s %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s * 2 %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s=1) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}", "steps")]
    [InlineData("{% set ns = namespace(s=1) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}", "steps")]
    [InlineData("{% set ns = namespace(s=1, t=1) %}{% for i in range(90) %}{% set ns.s = [ns.s, ns.s] %}{% set ns.t = [ns.t, ns.t] %}{% endfor %}{{ ns.s == ns.t }}", "steps")]
    [InlineData("{{ 'x' * 999999999 }}", "characters")]
    [InlineData("{{ 'x' * 99999999999999999999 }}", "characters")]
    [InlineData("{{ [1] * 999999999 }}", "characters")]
    [InlineData("{{ 'x'.center(999999999) }}", "steps")]
    [InlineData("{{ 'x'.ljust(2147483647) }}", "steps")]
    [InlineData("{{ 'x'.zfill(999999999) }}", "characters")]
    [InlineData("{{ '\\t'.expandtabs(999999999) }}", "characters")]
    [InlineData("{{ '%999999999d' % 1 }}", "characters")]
    [InlineData("{{ '%*d' % (999999999, 1) }}", "characters")]
    [InlineData("{{ '{:999999999}'.format(1) }}", "characters")]
    [InlineData("{{ messages | tojson(indent=999999999) }}", "characters")]
    [InlineData("{{ 'a\\nb' | indent(999999999) }}", "characters")]
    [InlineData("{{ [1] | batch(999999999, 0) | list }}", "characters")]
    [InlineData("{{ [1] | slice(999999999) | list }}", "steps")]
    [InlineData("{{ range(99999) | list | sort }}", "steps")]
    [InlineData("{% set s = 'a' * 100000 %}{% set t = 'a' * 50000 ~ 'b' %}{% for i in range(99999) %}{% if t in s %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set n = 7 ** 5000 %}{% for i in range(99999) %}{% set x = n | string %}{% endfor %}", "steps")]
    [InlineData("{% set n = 7 ** 2500 %}{% for i in range(99999) %}{% set x = n * n // (n + 1) %}{% endfor %}", "steps")]
    [InlineData("{% set n = '9' * 4300 %}{% for i in range(99999) %}{% set x = n | int %}{% endfor %}", "steps")]
    [InlineData("{% set l = range(9999) | list %}{% for i in range(99999) %}{% set x = l | reverse | first %}{% endfor %}", "characters")]
    [InlineData("{% set s = 'X' * 100000 %}{% for i in range(99999) %}{% if s is upper %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set s = '1' * 100000 %}{% for i in range(99999) %}{% if s.isdigit() %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set s = '%' * 100000 %}{% for i in range(99999) %}{% set z = s % () %}{% endfor %}", "steps")]
    [InlineData("{% set s = '{' * 100000 %}{% for i in range(99999) %}{% set z = s.format(1) %}{% endfor %}", "steps")]
    [InlineData("{% set s = '🦊' * 100000 %}{% for i in range(99999) %}{% if s[-1] %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'a' * 100000 %}{% set d = {1: 2} %}{% for i in range(99999) %}{% if s in d %}{% endif %}{% endfor %}", "steps")]
    [InlineData("{% set s = 'x ' * 100000 %}{% for i in range(99999) %}{% set z = s | wordwrap(1) %}{% endfor %}", "characters")]
    [InlineData("{% set ns = namespace(s=1, t=1) %}{% for i in range(90) %}{% set ns.s = (ns.s, ns.s) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ (ns.s, 1) < (ns.t, 2) }}", "steps")]
    [InlineData("{% set ns = namespace(s=1, t=1) %}{% for i in range(90) %}{% set ns.s = (ns.s, ns.s) %}{% set ns.t = (ns.t, ns.t) %}{% endfor %}{{ ns.s in [ns.t] }}", "steps")]
    [InlineData("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "nested calls")]
    [InlineData("{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}{{ a() }}{% endmacro %}{{ a() }}", "nested calls")]
    [InlineData("{% macro m() %}{{ caller is defined }}{% call m() %}{% endcall %}{% endmacro %}{{ m() }}", "nested calls")]
    [InlineData("{% macro m(x=m()) %}{% endmacro %}{{ m() }}", "nested calls")]
    [InlineData("{% set ns = namespace() %}{% macro m() %}{{ ns.f() }}{% endmacro %}{% set ns.f = m %}{{ m() }}", "nested calls")]
    [InlineData("{% for x in [1] recursive %}{{ loop([1]) }}{% endfor %}", "nested calls")]
    [InlineData("{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}", "nested calls")]
    [InlineData("{% macro m(n) %}{% if n %}{{ m(n - 1) }}{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(60) }}", "steps")]
    [InlineData("{% for x in range(99999) %}{% for y in range(9) %}{% break %}{% endfor %}{% endfor %}", "steps")]
    public void Work_without_end_stops_at_a_limit(string source, string limit)
    {
        var clock = Stopwatch.StartNew();
        TemplateException error = Assert.Throws<TemplateException>(() => Rendering.Render(source, """{"messages": [{"role": "user"}], "xs": []}""", Small));
        Assert.Matches($"^line 1 of the template: more than [0-9]+ {limit}$", error.Message);
        Assert.Equal(1, error.Line);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(5), $"took {clock.Elapsed}");
    }

    [Theory]
    [InlineData("{{ range(1000000000) }}", "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).")]
    [InlineData("{{ range(99999999999999999999) | list }}", "Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000).")]
    [InlineData("{{ 2 ** 999999999 }}", "an integer of more than 16384 bits")]
    [InlineData("{{ 2 ** 99999999999999999999 }}", "an integer of more than 16384 bits")]
    [InlineData("{% set ns = namespace(n=2) %}{% for i in range(99) %}{% set ns.n = ns.n * ns.n %}{% endfor %}", "an integer of more than 16384 bits")]
    [InlineData("{{ '%.999999999f' % 1 }}", "precision too big")]
    [InlineData("{{ '{:.999999999f}'.format(1.0) }}", "precision too big")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for i in range(999) %}{% set ns.l = [ns.l] %}{% endfor %}", "values nested more than 200 deep")]
    [InlineData("{% set ns = namespace(l={}) %}{% for i in range(999) %}{% set ns.l = {'a': ns.l} %}{% endfor %}", "values nested more than 200 deep")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for i in range(999) %}{% set ns.l = ns.l | map('string') %}{% endfor %}", "values nested more than 200 deep")]
    [InlineData("{% set ns = namespace(s=1) %}{% for i in range(90) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ {ns.s: 1} }}", "a key of more than 100 elements")]
    [InlineData("{% set ns = namespace() %}{% set ns.a = ns %}{{ ns }}", "maximum recursion depth exceeded while getting the repr of an object")]
    [InlineData("{% set ns = namespace(a=0) %}{% for i in range(999) %}{% set ns.a = namespace(a=ns.a) %}{% endfor %}{{ ns }}", "maximum recursion depth exceeded while getting the repr of an object")]
    public void Values_without_bound_are_errors(string source, string message) =>
        Assert.Equal(message, Assert.Throws<TemplateException>(() => Rendering.Render(source)).Message);

    [Theory]
    [InlineData("{{ ", "(", "1", ")", " }}")]
    [InlineData("{{ ", "[", "1", "]", " }}")]
    [InlineData("{{ ", "{1:", "1", "}", " }}")]
    [InlineData("{{ ", "-", "1", "", " }}")]
    [InlineData("{{ ", "not ", "1", "", " }}")]
    [InlineData("{{ ", "a(", "1", ")", " }}")]
    [InlineData("{{ ", "a[", "1", "]", " }}")]
    [InlineData("{{ ", "a|f(", "1", ")", " }}")]
    [InlineData("{{ ", "1 if 0 else ", "1", "", " }}")]
    [InlineData("{{ 1", "+1", "", "", " }}")]
    [InlineData("{{ 1", "**1", "", "", " }}")]
    [InlineData("{{ 1", " and 1", "", "", " }}")]
    [InlineData("{{ 1", " or 1", "", "", " }}")]
    [InlineData("{{ 1", " if 1", "", "", " }}")]
    [InlineData("{{ 1", "|string", "", "", " }}")]
    [InlineData("{{ 1", ".a", "", "", " }}")]
    [InlineData("{{ 1", "[0]", "", "", " }}")]
    [InlineData("{{ 1", "()", "", "", " }}")]
    [InlineData("", "{% if 1 %}", "", "{% endif %}", "")]
    [InlineData("", "{% for i in xs %}", "", "{% endfor %}", "")]
    [InlineData("", "{% if 1 %}", "", "", "")]
    [InlineData("", "{% macro m() %}", "", "{% endmacro %}", "")]
    [InlineData("", "{% filter upper %}", "", "{% endfilter %}", "")]
    [InlineData("", "{% call m() %}", "", "{% endcall %}", "")]
    [InlineData("", "{% set x %}", "", "{% endset %}", "")]
    [InlineData("", "{% with %}", "", "{% endwith %}", "")]
    [InlineData("{% set ", "(", "a", ")", " = 1 %}")]
    [InlineData("{% for ", "(", "a", ")", " in xs %}{% endfor %}")]
    public void A_hundred_thousand_levels_of_anything_are_an_error(string before, string open, string inner, string close, string after)
    {
        StringBuilder source = new(before);
        source.Insert(source.Length, open, 100_000).Append(inner).Insert(source.Length, close, 100_000).Append(after);
        TemplateException error = Assert.Throws<TemplateException>(() => ChatTemplate.Parse(source.ToString()));
        Assert.Matches("^line 1 of the template: (an expression )?nested more than [0-9]+ deep$", error.Message);
    }

    [Fact]
    public void Long_flat_templates_are_read_in_linear_time()
    {
        var clock = Stopwatch.StartNew();
        StringBuilder source = new();
        source.Insert(0, "{% if x %}a{% elif y %}b{% endif %}{{ 'a' 'b' }}{# c #}\n", 20_000);
        source.Append("{% if 0 %}").Insert(source.Length, "{% elif 0 %}", 20_000).Append("{% endif %}");
        source.Append("{{ ").Insert(source.Length, "'a' ", 20_000).Append("}}{{ ['x'").Insert(source.Length, ", 'x'", 20_000).Append("] | length }}");
        Assert.EndsWith("20001", Rendering.Render(source.ToString()), StringComparison.Ordinal);
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(10), $"took {clock.Elapsed}");
    }

    [Fact]
    public void A_macro_that_recurses_as_tool_schemas_need_is_no_attack()
    {
        const string Source = "{% macro m(n) %}{{ n }}{% if n > 1 %},{{ m(n - 1) }}{% endif %}{% endmacro %}{{ m(150) }}";
        Assert.StartsWith("150,149,", Rendering.Render(Source), StringComparison.Ordinal);
    }

    [Fact]
    public void Deep_input_is_an_error()
    {
        string deep = new string('[', 5_000) + new string(']', 5_000);
        Assert.Equal("JSON nested more than 200 deep", Assert.Throws<TemplateException>(() => Rendering.Render("", $$"""{"x": {{deep}}}""")).Message);
    }

    [Fact]
    public void A_lone_surrogate_is_an_error()
    {
        TemplateException error = Assert.Throws<TemplateException>(() => Rendering.Render("{{ x }}", """{"x": "\ud800"}"""));
        Assert.StartsWith("a string that is not valid Unicode", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_huge_list_of_tools_renders()
    {
        string tool = """{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}}""";
        string tools = "[" + string.Join(',', Enumerable.Repeat(tool, 5_000)) + "]";
        string text = Rendering.Render("{% for t in tools %}{{ t | tojson(indent=4) }}\n{% endfor %}", $$"""{"tools": {{tools}}}""");
        Assert.Equal(5_000, text.Split("\"name\": \"f\"").Length - 1);
    }

    [Fact]
    public void Errors_name_the_line()
    {
        Assert.Equal(3, Assert.Throws<TemplateException>(() => Rendering.Render("a\n{% if 1 %}\n{{ x.y.z }}\n{% endif %}")).Line);
        Assert.Equal(2, Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\n{% foo %}")).Line);
        Assert.Equal(4, Assert.Throws<TemplateException>(() => ChatTemplate.Parse("a\n{# x\n #}\n{{ ) }}")).Line);
        Assert.Equal(2, Assert.Throws<TemplateException>(() => Rendering.Render("\n{{ raise_exception('no') }}")).Line);
    }
}
