using System.Text;
using Millrace.Formats.Gguf;
using Millrace.Tokenization;
using Millrace.Tools.StoryModel.Tokenizing;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tests.Tools;

public sealed class BytePairTrainerTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Most_frequent_pairs_merge_first_and_equal_ones_by_their_ids() =>
        Assert.Equal(["  x", "a b", "d e", "ab c"], Merges("abc", "abc", " x", " x", " x", "ab", "de de", "de"));

    [Fact]
    public void Pair_that_occurs_once_is_not_learned() => Assert.Empty(Merges("ab cd"));

    [Fact]
    public void Words_do_not_merge_across_spaces_nor_digits_with_each_other() => Assert.Equal(["  b"], Merges("a b a b 12 12"));

    [Fact]
    public void Same_stories_teach_the_same_merges() =>
        Assert.Equal(TokenizerCommand.Learn(seed: 1, count: 50), TokenizerCommand.Learn(seed: 1, count: 50), (a, b) => a.Left.SequenceEqual(b.Left) && a.Right.SequenceEqual(b.Right));

    [Theory]
    [InlineData("Once upon a time, a fox said: \"3 plus 14 is 17!\"")]
    [InlineData("naïve 漢字 🦊 \r\n\t  end ")]
    [InlineData("<|end|> is text here")]
    public void Text_survives_the_vocabulary(string text)
    {
        Tokenizer tokenizer = Vocabulary();
        Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text, addSpecial: false)));
    }

    [Fact]
    public void Vocabulary_has_its_roles_and_spends_few_tokens_on_stories()
    {
        Tokenizer tokenizer = Vocabulary();
        Assert.Equal(StoryVocabulary.Size, tokenizer.VocabularySize);
        Assert.Equal((StoryVocabulary.Begin, StoryVocabulary.EndOfText, StoryVocabulary.EndOfTurn), (tokenizer.Special.Bos, tokenizer.Special.Eos, tokenizer.Special.Eot));
        Assert.Equal([StoryVocabulary.EndOfText, StoryVocabulary.EndOfTurn], tokenizer.EndOfGeneration.Order());
        string story = StoryWorld.Generate(new StoryRandom(99), Split.HeldOut).Turns[^1].Text;
        Assert.InRange(tokenizer.Encode(story).Count, 2, story.Length / 3);
    }

    [Fact]
    public void Transcript_learns_what_the_assistant_says_and_its_end()
    {
        Tokenizer tokenizer = Vocabulary();
        Transcript transcript = Transcript.Of(new Sample([new("user", "Who?"), new("assistant", "A fox.")], 0, StoryFacts.None), tokenizer);
        Assert.Equal("<|begin|><|user|>Who?<|end|><|assistant|>A fox.<|end|>", tokenizer.Decode(transcript.Tokens, special: true));
        Assert.Equal("A fox.<|end|>", tokenizer.Decode(transcript.Tokens.Zip(transcript.Learned).Where(pair => pair.Second).Select(pair => pair.First), special: true));
    }

    [Fact]
    public void Rows_hold_whole_samples_and_are_nearly_full()
    {
        Tokenizer tokenizer = Vocabulary();
        RowPacker packer = new(tokenizer, seed: 4, Split.Train);
        RowPacker again = new(tokenizer, seed: 4, Split.Train);
        int padding = 0;
        for (int row = 0; row < 20; row++)
        {
            ushort[] words = packer.Next();
            Assert.Equal(words, again.Next());
            Assert.Equal((RowPacker.Length, (ushort)StoryVocabulary.Begin), (words.Length, words[0]));
            int length = 1 + Array.FindLastIndex(words, word => word != StoryVocabulary.EndOfText);
            Assert.Contains(words[length - 1] & ~RowPacker.LearnedBit, tokenizer.EndOfGeneration);
            padding += words.Length - length;
        }

        Assert.InRange(padding, 0, 20 * RowPacker.Length / 10);
    }

    [Fact]
    public void Exercises_are_repeated_and_only_that_is_learned()
    {
        RowPacker packer = new(Vocabulary(), seed: 4, Split.Train, exercises: 1);
        ushort[] words = packer.Next();
        Assert.Equal((StoryVocabulary.Begin, StoryVocabulary.User), (words[0], words[1]));
        int length = Array.IndexOf(words, (ushort)StoryVocabulary.EndOfTurn) - 2;
        ushort[] said = words[2..(2 + length)];
        Assert.Equal([StoryVocabulary.EndOfTurn, StoryVocabulary.Assistant, .. said.Select(word => word | RowPacker.LearnedBit), StoryVocabulary.EndOfTurn | RowPacker.LearnedBit], words.Skip(2 + length).Take(length + 3).Select(word => (int)word));
    }

    static string[] Merges(params string[] texts)
    {
        BytePairTrainer trainer = new();
        foreach (string text in texts)
        {
            trainer.Add(text);
        }

        return [.. trainer.Learn(100).Select(merge => $"{Encoding.UTF8.GetString(merge.Left)} {Encoding.UTF8.GetString(merge.Right)}")];
    }

    Tokenizer Vocabulary()
    {
        GgufWriter writer = new();
        writer.Add("general.architecture", "llama");
        StoryVocabulary.AddTo(writer, TokenizerCommand.Learn(seed: 1, count: 500));
        writer.Write(_folder.Path("vocabulary.gguf"));
        return Tokenizer.Open(_folder.Path("vocabulary.gguf"));
    }
}
