using System.Text;
using Millrace.Tests.Tokenization.HuggingFace;
using Millrace.Tokenization.Text;

namespace Millrace.Tests.Tokenization.Text;

public sealed class NormalFormTests
{
    static string Normalize(string text, NormalForm form)
    {
        Utf8Buffer output = new();
        NormalFormWriter.Of(form).Write(Encoding.UTF8.GetBytes(text), output);
        return Encoding.UTF8.GetString(output.Span);
    }

    [Theory]
    [InlineData("abc", "abc", "abc", "abc", "abc")]
    [InlineData("e\u0301", "é", "e\u0301", "é", "e\u0301")]
    [InlineData("é\u0323", "ẹ\u0301", "e\u0323\u0301", "ẹ\u0301", "e\u0323\u0301")]
    [InlineData("\u212B", "\u00C5", "A\u030A", "\u00C5", "A\u030A")]
    [InlineData("ﬁ", "ﬁ", "ﬁ", "fi", "fi")]
    [InlineData("\u1E9B\u0323", "\u1E9B\u0323", "\u017F\u0323\u0307", "\u1E69", "s\u0323\u0307")]
    [InlineData("각", "각", "\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8")]
    [InlineData("\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8")]
    [InlineData("가\u11A8", "각", "\u1100\u1161\u11A8", "각", "\u1100\u1161\u11A8")]
    [InlineData("\uFF76\uFF9E", "\uFF76\uFF9E", "\uFF76\uFF9E", "ガ", "\u30AB\u3099")]
    [InlineData("\u0958", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C", "\u0915\u093C")]
    [InlineData("\U0001D15E", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165", "\U0001D157\U0001D165")]
    [InlineData("\u0344", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301", "\u0308\u0301")]
    [InlineData("x\u0301\u0300\u0327", "x\u0327\u0301\u0300", "x\u0327\u0301\u0300", "x\u0327\u0301\u0300", "x\u0327\u0301\u0300")]
    [InlineData("㍿", "㍿", "㍿", "株式会社", "株式会社")]
    public void Forms_are_those_of_the_annex(string text, string c, string d, string kc, string kd)
    {
        Assert.Equal(c, Normalize(text, NormalForm.C));
        Assert.Equal(d, Normalize(text, NormalForm.D));
        Assert.Equal(kc, Normalize(text, NormalForm.KC));
        Assert.Equal(kd, Normalize(text, NormalForm.KD));
    }

    [Fact]
    public void Every_form_of_every_text_is_a_fixed_point_and_agrees_with_the_others()
    {
        foreach (string text in HostileStrings.Make(2000, 3))
        {
            string c = Normalize(text, NormalForm.C);
            string d = Normalize(text, NormalForm.D);
            Assert.Equal(c, Normalize(c, NormalForm.C));
            Assert.Equal(d, Normalize(d, NormalForm.D));
            Assert.Equal(c, Normalize(d, NormalForm.C));
            Assert.Equal(d, Normalize(c, NormalForm.D));
            string kd = Normalize(text, NormalForm.KD);
            Assert.Equal(kd, Normalize(kd, NormalForm.KD));
            Assert.Equal(Normalize(text, NormalForm.KC), Normalize(kd, NormalForm.C));
        }
    }

    [Fact]
    public void A_megabyte_of_marks_is_sorted_in_linear_time()
    {
        string marks = string.Concat(Enumerable.Repeat("\u0301\u0323", 250_000));
        string sorted = Normalize("a" + marks, NormalForm.D);
        Assert.Equal("a" + new string('\u0323', 250_000) + new string('\u0301', 250_000), sorted);
    }

    [Theory]
    [InlineData("NFC", NormalForm.C)]
    [InlineData("NFD", NormalForm.D)]
    [InlineData("NFKC", NormalForm.KC)]
    [InlineData("NFKD", NormalForm.KD)]
    public void All_code_points_and_random_sequences_are_as_in_Hugging_Face_tokenizers(string name, NormalForm form)
    {
        using PeerTokenizers peer = PeerTokenizers.Require();
        peer.LoadJson(TestTokenizerJson.Make(normalizer: $$"""{"type":"{{name}}"}"""));
        List<string> texts = [];
        for (int code = 0; code < 0x110000; code += 128)
        {
            // A letter before each keeps neighbours apart, and lets marks join with something.
            texts.Add(string.Concat(Enumerable.Range(code, 128).Where(Rune.IsValid).Select(c => "a" + new Rune(c))));
        }

        texts.RemoveAll(text => text.Length == 0);
        texts.AddRange(HostileStrings.Make(2000, 4));
        Random random = new(5);
        string[] marks = [.. Enumerable.Range(0, 0x20000).Where(c => Rune.IsValid(c) && Rune.GetUnicodeCategory(new Rune(c)) is System.Globalization.UnicodeCategory.NonSpacingMark).Select(c => new Rune(c).ToString())];
        texts.AddRange(Enumerable.Range(0, 3000).Select(_ => string.Concat(Enumerable.Range(0, 6).Select(i => random.Next(3) == 0 ? HostileStrings.CodePoint(random) : marks[random.Next(marks.Length)]))));
        string[] expected = peer.Normalize(texts);
        for (int i = 0; i < texts.Count; i++)
        {
            Assert.Equal(expected[i], Normalize(texts[i], form));
        }
    }
}
