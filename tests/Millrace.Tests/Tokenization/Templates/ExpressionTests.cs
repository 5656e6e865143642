using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Tokenization.Templates;

/// <summary>
/// Expressions and statements with what Jinja2 3.1.6 on Python 3.11, set up as transformers does, made of them. An expected
/// value that begins with <c>!</c> is the message of the error.
/// </summary>
public class ExpressionTests
{
    const string Variables = """
        {
          "messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yo 🦊 x"}],
          "xs": [3, 1, 2], "d": {"b": 2, "a": 1, "C": [1, 2]}, "s": "Hello, World", "e": "", "n": null, "t": true, "f": 1.5,
          "big": 12345678901234567890, "u": "Grüße 🦊🚀 é", "ml": "a\n\n b\nc\n", "q": "it's \"q\"", "html": "<b>&amp; 'x'</b>",
          "nested": [{"k": "x", "v": 1, "sub": {"z": 1}}, {"k": "Y", "v": 2, "sub": {"z": 0}}, {"k": "x", "v": 3}]
        }
        """;

    public static TheoryData<string, string> Operators => OperatorCases.All;

    public static TheoryData<string, string> Formats => FormatCases.All;

    public static TheoryData<string, string> StringMethods => StringMethodCases.All;

    public static TheoryData<string, string> Containers => ContainerCases.All;

    public static TheoryData<string, string> Filters => FilterCases.All;

    public static TheoryData<string, string> Tests => TestCases.All;

    public static TheoryData<string, string> Functions => FunctionCases.All;

    public static TheoryData<string, string> Statements => StatementCases.All;

    [Theory]
    [MemberData(nameof(Operators))]
    public void Operators_and_literals_are_Python_s(string source, string expected) => Check(source, expected);

    [Theory]
    [MemberData(nameof(Formats))]
    public void Format_is_Python_s(string source, string expected) => Check(source, expected);

    [Theory]
    [MemberData(nameof(StringMethods))]
    public void String_methods_are_Python_s(string source, string expected) => Check(source, expected);

    [Theory]
    [MemberData(nameof(Containers))]
    public void Lists_and_dictionaries_are_the_sandbox_s(string source, string expected) => Check(source, expected);

    [Theory]
    [MemberData(nameof(Filters))]
    public void Filters_are_Jinja2_s(string source, string expected) => Check(source, expected);

    [Theory]
    [MemberData(nameof(Tests))]
    public void Tests_are_Jinja2_s(string source, string expected) => Check(source, expected);

    [Theory]
    [MemberData(nameof(Functions))]
    public void Functions_are_those_of_transformers(string source, string expected) => Check(source, expected);

    [Theory]
    [MemberData(nameof(Statements))]
    public void Statements_and_white_space_are_Jinja2_s(string source, string expected) => Check(source, expected);

    static void Check(string source, string expected)
    {
        if (expected.StartsWith('!'))
        {
            Assert.Equal(expected[1..], Assert.Throws<TemplateException>(() => Rendering.Render(source, Variables)).Message);
        }
        else
        {
            Assert.Equal(expected, Rendering.Render(source, Variables));
        }
    }
}
