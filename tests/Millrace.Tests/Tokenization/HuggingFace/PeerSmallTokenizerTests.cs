using System.Text;
using Millrace.Tokenization.HuggingFace;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Models, added tokens, post-processors and decoders of small tokenizers, compared with Hugging Face's library.</summary>
public sealed class PeerSmallTokenizerTests
{
    static readonly string[] Letters = ["a", "b", "c", "aa", "ab", "abc", " ", "  ", "▁", "é", "e\u0301", "x", "y", "Bc", "<unk>", "<s>", "</s>", "<mask>", "<mask>x", "<mask", "中", "😀", ".", "'s", "!", "do not", "\n", "##", "<0x41>", "\u00A0", "_", "1"];

    public static TheoryData<string> Names => [.. SmallTokenizers.All.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Ids_and_texts_are_those_of_Hugging_Face(string name)
    {
        using PeerTokenizers peer = PeerTokenizers.Require();
        peer.LoadJson(SmallTokenizers.All[name]);
        HuggingFaceTokenizer mine = SmallTokenizers.Load(SmallTokenizers.All[name]);
        string[] texts = Texts(2000);
        int[][] plain = peer.Encode(texts);
        int[][] special = peer.Encode(texts, special: true);
        string[] shown = peer.Decode(plain, skip: false);
        string[] hidden = peer.Decode(plain, skip: true);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.True(plain[i].SequenceEqual(mine.Encode(texts[i], false, true)), $"\"{texts[i]}\": expected {string.Join(' ', plain[i])}, found {string.Join(' ', mine.Encode(texts[i], false, true))}");
            Assert.Equal(special[i], mine.Encode(texts[i], true, true));
            if (!name.Contains("bytes", StringComparison.Ordinal) || !shown[i].Contains('\uFFFD', StringComparison.Ordinal))
            {
                Assert.Equal(shown[i], mine.Decode(plain[i], special: true));
                Assert.Equal(hidden[i], mine.Decode(plain[i], special: false));
            }
        }
    }

    static string[] Texts(int count)
    {
        Random random = new(9);
        string[] texts = new string[count];
        for (int i = 0; i < count; i++)
        {
            StringBuilder text = new();
            for (int parts = random.Next(1, 12); parts > 0; parts--)
            {
                text.Append(Letters[random.Next(random.Next(3) == 0 ? Letters.Length : 7)]);
            }

            texts[i] = text.ToString();
        }

        return texts;
    }
}
