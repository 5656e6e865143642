namespace Millrace.Tests.Tokenization.Templates;

/// <summary>Upper, lower and title case beyond what .NET maps one to one; the expected values are Python 3.11's.</summary>
public class UnicodeTests
{
    [Theory]
    [InlineData("'straße'", "STRASSE straße Straße Straße STRASSE strasse True False False False")]
    [InlineData("'ŉ ǰ ﬁ ﬃ'", "ʼN J̌ FI FFI ŉ ǰ ﬁ ﬃ ʼN J̌ Fi Ffi ʼN ǰ ﬁ ﬃ ʼN J̌ FI FFI ʼn ǰ fi ffi True False False False")]
    [InlineData("'ΐΰ'", "Ϊ́Ϋ́ ΐΰ Ϊ́ΰ Ϊ́ΰ Ϊ́Ϋ́ ΐΰ True False False False")]
    [InlineData("'ıſ'", "IS ıſ Iſ Iſ IS ıs True False False False")]
    [InlineData("'ᾀᾳῲ'", "ἈΙΑΙῺΙ ᾀᾳῲ ᾈᾳῲ ᾈᾳῲ ἈΙΑΙῺΙ ἀιαιὼι True False False False")]
    [InlineData("'ﬓև'", "ՄՆԵՒ ﬓև Մնև Մնև ՄՆԵՒ մնեւ True False False False")]
    [InlineData("'ΟΔΥΣΣΕΥΣ ΣΑΣ. Σ'", "ΟΔΥΣΣΕΥΣ ΣΑΣ. Σ οδυσσευς σας. σ Οδυσσευς Σας. Σ Οδυσσευς σας. σ οδυσσευς σας. σ οδυσσευσ σασ. σ False True False False")]
    [InlineData("'ǆǇǈ'", "ǄǇǇ ǆǉǉ ǅǉǉ ǅǉǉ Ǆǉǈ ǆǉǉ False False False False")]
    [InlineData("'ქართული'", "ᲥᲐᲠᲗᲣᲚᲘ ქართული ქართული ქართული ᲥᲐᲠᲗᲣᲚᲘ ქართული True False False False")]
    [InlineData("'İI'", "İI i̇i İi İi i̇i i̇i False True False False")]
    [InlineData("'ꭰᏸ'", "ᎠᏰ ꭰᏸ Ꭰᏸ Ꭰᏸ ᎠᏰ ᎠᏰ True False False False")]
    [InlineData("'ẞß'", "ẞSS ßß ẞß ẞß ßSS ssss False False False False")]
    [InlineData("'µςϐ'", "ΜΣΒ µςϐ Μςϐ Μςϐ ΜΣΒ μσβ True False False False")]
    [InlineData("'ˣªº'", "ˣªº ˣªº ˣªº ˣªº ˣªº ˣªº True False False False")]
    [InlineData("'𐐀𐐨'", "𐐀𐐀 𐐨𐐨 𐐀𐐨 𐐀𐐨 𐐨𐐀 𐐨𐐨 False False False False")]
    [InlineData("'ⅷⓐ'", "ⅧⒶ ⅷⓐ Ⅷⓐ Ⅷⓐ ⅧⒶ ⅷⓐ True False False False")]
    [InlineData("'一二三'", "一二三 一二三 一二三 一二三 一二三 一二三 False False True False")]
    [InlineData("'½²'", "½² ½² ½² ½² ½² ½² False False True False")]
    [InlineData("'٣'", "٣ ٣ ٣ ٣ ٣ ٣ False False True True")]
    [InlineData("'l\\'été d\\'avant'", "L'ÉTÉ D'AVANT l'été d'avant L'Été D'Avant L'été d'avant L'ÉTÉ D'AVANT l'été d'avant True False False False")]
    public void Case_and_kind_of_characters_are_Python_s(string text, string expected)
    {
        string[] methods = ["upper", "lower", "title", "capitalize", "swapcase", "casefold", "islower", "isupper", "isnumeric", "isdigit"];
        Assert.Equal(expected, Rendering.Render(string.Join(' ', methods.Select(method => $"{{{{ {text}.{method}() }}}}"))));
    }
}
