namespace Millrace.Tests.Tokenization.Templates;

/// <summary>Cases of functions; see <see cref="ExpressionTests"/>.</summary>
static class FunctionCases
{
    public static readonly TheoryData<string, string> All = new()
    {
        { "{{ range(3)|list }}", "[0, 1, 2]" },
        { "{{ range(1,4)|list }}", "[1, 2, 3]" },
        { "{{ range(5,0,-2)|list }}", "[5, 3, 1]" },
        { "{{ range(0)|list }}", "[]" },
        { "{{ range(3) }}", "range(0, 3)" },
        { "{{ range(1,5,2) }}", "range(1, 5, 2)" },
        { "{{ range(3)[1] }}", "1" },
        { "{{ range(10)[2:5] }}", "range(2, 5)" },
        { "{{ range(10)[2:5]|list }}", "[2, 3, 4]" },
        { "{{ 3 in range(5) }}", "True" },
        { "{{ range(5)|length }}", "5" },
        { "{{ range(1000000) }}", "!Range too big. The sandbox blocks ranges larger than MAX_RANGE (100000)." },
        { "{{ range(100000)|length }}", "100000" },
        { "{{ range('a') }}", "!'str' object cannot be interpreted as an integer" },
        { "{{ range(1,2,0) }}", "!range() arg 3 must not be zero" },
        { "{{ range() }}", "!range expected at least 1 argument, got 0" },
        { "{{ dict(a=1) }}", "{'a': 1}" },
        { "{{ dict([('a',1)]) }}", "{'a': 1}" },
        { "{{ dict({'a':1},b=2) }}", "{'a': 1, 'b': 2}" },
        { "{{ dict(1) }}", "!'int' object is not iterable" },
        { "{{ namespace(a=1).a }}", "1" },
        { "{{ namespace(a=1) }}", "<Namespace {'a': 1}>" },
        { "{{ namespace(a=1).b }}", "" },
        { "{{ namespace({'a':2}).a }}", "2" },
        { "{{ cycler(1,2).next() }}", "1" },
        { "{{ cycler() }}", "!at least one item has to be provided" },
        { "{{ strftime_now('%Y-%m-%d') }}", "2026-11-23" },
        { "{{ strftime_now('%d %b %Y %H:%M:%S %A %B %j %-d %I %p %y %%') }}", "23 Nov 2026 12:00:00 Monday November 327 23 12 PM 26 %" },
        { "{{ strftime_now('%e|%U|%W|%V|%u|%w|%G|%C|%D|%F|%T|%R|%c|%x|%X|%h|%n|%q') }}", "23|47|47|48|1|1|2026|20|11/23/26|2026-11-23|12:00:00|12:00|Mon Nov 23 12:00:00 2026|11/23/26|12:00:00|Nov|\n|%q" },
        { "{{ raise_exception('boom') }}", "!boom" },
        { "{{ raise_exception(5) }}", "!5" },
        { "{{ loop is defined }}", "False" },
    };
}
