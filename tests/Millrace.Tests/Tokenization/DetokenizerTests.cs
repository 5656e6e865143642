using System.Text;
using Millrace.Tokenization;

namespace Millrace.Tests.Tokenization;

public class DetokenizerTests
{
    // Token 3 + b is the byte b.
    static readonly Tokenizer Bytes = Tokenizer.FromModel(VocabularyFile.SentencePiece(("▁whole", 0), ("🦙", 0)));

    [Theory]
    [InlineData("F0 9F A6 99", "|||🦙")]
    [InlineData("41 C3 A9 42", "A||é|B")]
    [InlineData("E4 B8 41", "||\uFFFDA")]
    [InlineData("E4 B8 E4 B8 AD", "||\uFFFD||中")]
    [InlineData("C0 80", "\uFFFD|\uFFFD")]
    [InlineData("ED A0 80", "|\uFFFD\uFFFD|\uFFFD")]
    [InlineData("F5 80", "\uFFFD|\uFFFD")]
    [InlineData("80 41", "\uFFFD|A")]
    [InlineData("F0 9F F0 9F A6 99", "||\uFFFD|||🦙")]
    public void A_character_appears_with_its_last_byte_and_a_hopeless_byte_at_once(string bytes, string expected)
    {
        Detokenizer detokenizer = new(Bytes);
        List<string> parts = [];
        foreach (string value in bytes.Split(' '))
        {
            StringBuilder text = new();
            detokenizer.Append(3 + Convert.ToInt32(value, 16), text);
            parts.Add(text.ToString());
        }

        Assert.Equal(expected, string.Join('|', parts));
        Assert.False(detokenizer.IsPending);
    }

    [Fact]
    public void The_end_turns_half_a_character_into_one_replacement()
    {
        Detokenizer detokenizer = new(Bytes);
        StringBuilder text = new();
        detokenizer.Append(3 + 0xF0, text);
        detokenizer.Append(3 + 0x9F, text);
        Assert.True(detokenizer.IsPending);
        Assert.Equal("", text.ToString());
        detokenizer.Flush(text);
        detokenizer.Flush(text);
        Assert.Equal("\uFFFD", text.ToString());
    }

    [Fact]
    public void Random_bytes_in_random_tokens_become_what_they_are_as_a_whole()
    {
        Random random = new(1);
        for (int round = 0; round < 2000; round++)
        {
            byte[] bytes = new HostileText(round) { Malformed = true }.Next();
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            Assert.Equal(Encoding.UTF8.GetString(bytes), Bytes.Decode(bytes.Select(value => 3 + value)));
        }
    }

    [Fact]
    public void Special_tokens_appear_where_they_are_asked_for()
    {
        int[] ids = [1, 259, 260, 2];
        Assert.Equal(" whole🦙", Bytes.Decode(ids));
        Assert.Equal("<s> whole🦙</s>", Bytes.Decode(ids, special: true));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(261)]
    [InlineData(int.MaxValue)]
    public void An_id_outside_the_vocabulary_is_refused(int id) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => new Detokenizer(Bytes).Append(id, new StringBuilder()));
}
