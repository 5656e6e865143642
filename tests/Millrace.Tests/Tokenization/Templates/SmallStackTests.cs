using System.Text;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

/// <summary>A stack overflow ends the process: recursion of every kind must end before, on threads with little stack too.</summary>
public class SmallStackTests
{
    static readonly string Nested = new StringBuilder().Insert(0, "{% if 1 %}{% for i in [1] %}", 60).Append("{{ X }}").ToString();

    public static TheoryData<string> Sources()
    {
        string deepBody = Nested.Replace("X", "m(n)", StringComparison.Ordinal) + string.Concat(Enumerable.Repeat("{% endfor %}{% endif %}", 60));
        string sum = "1" + string.Concat(Enumerable.Repeat(" + 1", 200));
        string parentheses = new string('(', 100) + "m(n)" + new string(')', 100);
        string calls = string.Concat(Enumerable.Repeat("m(", 90)) + "n" + new string(')', 90);
        const string Chain = "{% set ns = namespace(g=[1]) %}{% for i in range(190) %}{% set ns.g = ns.g | map('string') %}{% endfor %}";
        const string Deep = "{% set ns = namespace(g=1, h=1) %}{% for i in range(190) %}{% set ns.g = [ns.g] %}{% set ns.h = [ns.h] %}{% endfor %}";
        return
        [
            $"{{% macro m(n) %}}{deepBody}{{% endmacro %}}{{{{ m(1) }}}}",
            $"{{% macro m(n) %}}{{{{ {sum} + m(n) }}}}{{% endmacro %}}{{{{ m(1) }}}}",
            $"{{% macro m(n) %}}{{{{ m(n) + ({sum}) | string }}}}{{% endmacro %}}{{{{ m(1) }}}}",
            $"{{% macro m(n) %}}{{{{ {parentheses} }}}}{{% endmacro %}}{{{{ m(1) }}}}",
            $"{{% macro m(n) %}}{{{{ {calls} }}}}{{% endmacro %}}{{{{ m(1) }}}}",
            Chain + "{% macro m(n) %}{{ ns.g | list }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
            Chain + "{{ ns.g | list }}",
            Deep + "{% macro m(n) %}{{ ns.g }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
            Deep + "{% macro m(n) %}{{ ns.g | tojson }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
            Deep + "{% macro m(n) %}{{ ns.g == ns.h }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
            Deep + "{% macro m(n) %}{{ [ns.g, 1] < [ns.h, 2] }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
            Deep + "{% macro m(n) %}{{ ns.g | pprint }}{{ m(n) }}{% endmacro %}{{ m(1) }}",
            "{% for i in [1] recursive %}{{ loop([1]) }}{% endfor %}",
            "{% macro m() %}{% call m() %}{{ caller() }}{% endcall %}{{ caller is defined }}{% endmacro %}{{ m() }}",
        ];
    }

    [Theory]
    [MemberData(nameof(Sources))]
    public void Recursion_ends_in_an_error_or_a_result_and_never_in_a_crash(string source)
    {
        foreach (int kilobytes in (int[])[192, 256, 512])
        {
            Exception? thrown = null;
            Thread thread = new(() => thrown = Record.Exception(() => Rendering.Render(source)), kilobytes * 1024);
            thread.Start();
            thread.Join();
            Assert.True(thrown is null or TemplateException, thrown?.ToString());
        }
    }

    [Theory]
    [InlineData('(', ')')]
    [InlineData('[', ']')]
    public void The_parser_needs_little_stack(char open, char close)
    {
        string source = "{{ " + new string(open, 190) + "1" + new string(close, 190) + " }}";
        Exception? thrown = null;
        Thread thread = new(() => thrown = Record.Exception(() => ChatTemplate.Parse(source)), 192 * 1024);
        thread.Start();
        thread.Join();
        Assert.True(thrown is null or TemplateException, thrown?.ToString());
    }
}
