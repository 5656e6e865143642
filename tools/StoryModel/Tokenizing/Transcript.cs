using Millrace.Tokenization;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel.Tokenizing;

/// <summary>A sample as the model reads it: tokens, and which of them it learns to foresee: what it is to write, and the ends of that; not what a user says.</summary>
/// <param name="Tokens">The tokens; the first is <see cref="StoryVocabulary.Begin"/>.</param>
/// <param name="Learned">[tokens] whether each is learned.</param>
/// <param name="IsConversation">Whether it is a conversation, so that another may follow in it.</param>
public sealed record Transcript(List<int> Tokens, List<bool> Learned, bool IsConversation)
{
    /// <summary>Tokens that are learned.</summary>
    public int LearnedCount => Learned.Count(learned => learned);

    /// <summary>Writes a sample out.</summary>
    public static Transcript Of(Sample sample, Tokenizer tokenizer)
    {
        Transcript transcript = new([], [], sample.Turns[0].Role != "text");
        transcript.Add(StoryVocabulary.Begin, false);
        foreach (Turn turn in sample.Turns)
        {
            bool learned = turn.Role != "user";
            if (turn.Role != "text")
            {
                transcript.Add(learned ? StoryVocabulary.Assistant : StoryVocabulary.User, false);
            }

            foreach (int token in tokenizer.Encode(turn.Text, addSpecial: false))
            {
                transcript.Add(token, learned);
            }

            transcript.Add(turn.Role == "text" ? StoryVocabulary.EndOfText : StoryVocabulary.EndOfTurn, learned);
        }

        return transcript;
    }


    void Add(int token, bool learned)
    {
        Tokens.Add(token);
        Learned.Add(learned);
    }
}
