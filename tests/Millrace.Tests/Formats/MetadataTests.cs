using System.Text;
using Millrace.Formats;

namespace Millrace.Tests.Formats;

public class MetadataTests
{
    static readonly Metadata Keys = new("m.gguf", new Dictionary<string, object>
    {
        ["text"] = "abc",
        ["long"] = new string('x', 100),
        ["flag"] = true,
        ["byte"] = (byte)200,
        ["negative"] = (sbyte)-1,
        ["large"] = ulong.MaxValue,
        ["wide"] = 1L << 40,
        ["single"] = 1.5f,
        ["double"] = 1e300,
        ["nan"] = float.NaN,
        ["infinite"] = double.PositiveInfinity,
        ["words"] = new Utf8Strings(Encoding.UTF8.GetBytes("ab"), [1, 2]),
        ["floats"] = new[] { 1f, 2f },
        ["shorts"] = new short[] { -1, 2 },
        ["flags"] = new[] { true, false },
        ["wides"] = new[] { 1L, 1L << 40 },
    });

    [Fact]
    public void Values_are_given_as_what_they_are()
    {
        Assert.Equal("abc", Keys.String("text"));
        Assert.True(Keys.Bool("flag"));
        Assert.Equal((200, 200f), (Keys.Int("byte"), Keys.Float("byte")));
        Assert.Equal(-1, Keys.Int("negative", min: -1));
        Assert.Equal(1.5f, Keys.Float("single"));
        Assert.Equal("b", Keys.Strings("words").Text(1));
        Assert.Equal([1f, 2f], Keys.Floats("floats")!);
        Assert.Equal([-1, 2], Keys.Ints("shorts")!);
        Assert.Equal([1, 0], Keys.Ints("flags")!);
    }

    [Fact]
    public void Missing_keys_take_the_default_where_there_is_one()
    {
        Assert.Equal(("d", true, 5, 2f), (Keys.String("none", "d"), Keys.Bool("none", true), Keys.Int("none", 5), Keys.Float("none", 2)));
        Assert.Null(Keys.Floats("none"));
        Assert.Null(Keys.Ints("none"));
    }

    public static TheoryData<string, string> Refusals => new()
    {
        { "String none", "none: expected a string, found no such key" },
        { "String byte", "byte: expected a string, found Byte 200" },
        { "String words", "words: expected a string, found 2 strings" },
        { "Bool byte", "byte: expected a boolean, found Byte 200" },
        { "Int text", "text: expected an integer, found the string \"abc\"" },
        { "Int long", "long: expected an integer, found the string \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…\"" },
        { "Int flag", "flag: expected an integer, found Boolean True" },
        { "Int single", "single: expected an integer, found Single 1.5" },
        { "Int large", "large: expected an integer, found UInt64 18446744073709551615" },
        { "Int wide", "wide: expected an integer from 0 to 2147483647, found 1099511627776" },
        { "Int negative", "negative: expected an integer from 0 to 2147483647, found -1" },
        { "Int floats", "floats: expected an integer, found 2 of Single" },
        { "Float text", "text: expected a number, found the string \"abc\"" },
        { "Float nan", "nan: expected a finite number, found NaN" },
        { "Float infinite", "infinite: expected a finite number, found Infinity" },
        { "Float double", "double: expected a finite number, found 1E+300" },
        { "Strings floats", "floats: expected an array of strings, found 2 of Single" },
        { "Floats shorts", "shorts: expected an array of floats, found 2 of Int16" },
        { "Ints floats", "floats: expected an array of integers, found 2 of Single" },
        { "Ints wides", "wides: expected element 1 within 32 bits, found 1099511627776" },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_a_value_is_not_is_refused(string question, string message)
    {
        string[] parts = question.Split(' ');
        Action ask = parts[0] switch
        {
            "String" => () => Keys.String(parts[1]),
            "Bool" => () => Keys.Bool(parts[1]),
            "Int" => () => Keys.Int(parts[1]),
            "Float" => () => Keys.Float(parts[1]),
            "Strings" => () => Keys.Strings(parts[1]),
            "Floats" => () => Keys.Floats(parts[1]),
            _ => () => Keys.Ints(parts[1]),
        };
        Assert.Equal("m.gguf: " + message, Assert.Throws<ModelFormatException>(ask).Message);
    }

    [Fact]
    public void A_message_holds_no_control_characters_and_no_endless_names()
    {
        ModelFormatException problem = new("m.gguf", "a\u001b[2J\r\nb", 7, "x", new string('y', 1000));
        Assert.Equal($"m.gguf: a\uFFFD[2J\uFFFD\uFFFDb at byte 7: expected x, found {new string('y', 200)}…", problem.Message);
        Assert.Equal(("m.gguf", 7L, 1000), (problem.File, problem.Offset, problem.Found.Length));
    }
}
