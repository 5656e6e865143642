using Millrace.Tokenization;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel.Tokenizing;

/// <summary>Packs samples into rows of equal length. No sample is cut: what does not fit waits for the next row, and the rest of a row is filled with ends of text that are not learned.</summary>
/// <remarks>Of the samples that wait the first that fits goes next, so that rows are nearly full. Some conversations go on with the next sample as if one person had asked for both, and some users type carelessly.</remarks>
/// <param name="tokenizer">Encodes.</param>
/// <param name="seed">Of the samples and of what is done with them.</param>
/// <param name="split">Which samples.</param>
/// <param name="exercises">Of the first so many rows one in four holds exercises, see <see cref="Exercise"/>.</param>
public sealed class RowPacker(Tokenizer tokenizer, ulong seed, Split split, int exercises = 0)
{
    /// <summary>Tokens in a row.</summary>
    public const int Length = 1024;

    /// <summary>The bit of a word that says its token is learned.</summary>
    public const int LearnedBit = 0x8000;

    const int Waiting = 16;
    const int ContinuesOneIn = 3;
    const int CarelessOneIn = 6;
    const int ExerciseOneIn = 4;
    const int LeastExercise = 4;
    const int MostExercise = 24;

    readonly StoryRandom _random = new(seed);
    readonly List<Transcript> _waiting = [];
    int _rows;

    /// <summary>Samples that were too long for a row, and left out.</summary>
    public int Dropped { get; private set; }

    /// <summary>Tokens learned so far.</summary>
    public long Learned { get; private set; }

    /// <summary>The next row: tokens, those that are learned with <see cref="LearnedBit"/>.</summary>
    public ushort[] Next()
    {
        Transcript row = _rows < exercises && _rows % ExerciseOneIn == 0 ? Exercises() : Samples();
        _rows++;
        Learned += row.LearnedCount;
        ushort[] words = new ushort[Length];
        for (int i = 0; i < Length; i++)
        {
            words[i] = (ushort)(i < row.Tokens.Count ? row.Tokens[i] | (row.Learned[i] ? LearnedBit : 0) : StoryVocabulary.EndOfText);
        }

        return words;
    }

    Transcript Samples()
    {
        Transcript row = new([], [], false);
        Transcript? last = null;
        while (NextFitting(Length - row.Tokens.Count) is { } next)
        {
            bool continues = last is { IsConversation: true } && next.IsConversation && _random.Next(ContinuesOneIn) == 0;
            row.Tokens.AddRange(continues ? next.Tokens.Skip(1) : next.Tokens);
            row.Learned.AddRange(continues ? next.Learned.Skip(1) : next.Learned);
            last = next;
        }

        return row;
    }

    Transcript Exercises()
    {
        Transcript row = new([], [], false);
        while (Exercise() is var next && next.Tokens.Count <= Length - row.Tokens.Count)
        {
            row.Tokens.AddRange(next.Tokens);
            row.Learned.AddRange(next.Learned);
        }

        return row;
    }

    /// <summary>Some random tokens that the user says and the assistant repeats. A story names somebody whom nothing foretells, and then again and again; without exercises a model takes long to find out that it can look back.</summary>
    Transcript Exercise()
    {
        int[] said = new int[LeastExercise + _random.Next(MostExercise - LeastExercise)];
        for (int i = 0; i < said.Length; i++)
        {
            said[i] = StoryVocabulary.EndOfTurn + 1 + _random.Next(StoryVocabulary.Size - StoryVocabulary.EndOfTurn - 1);
        }

        List<int> tokens = [StoryVocabulary.Begin, StoryVocabulary.User, .. said, StoryVocabulary.EndOfTurn, StoryVocabulary.Assistant, .. said, StoryVocabulary.EndOfTurn];
        return new Transcript(tokens, [.. tokens.Select((_, index) => index >= tokens.Count - said.Length - 1)], false);
    }

    Transcript? NextFitting(int room)
    {
        while (_waiting.Count < Waiting)
        {
            Transcript transcript = Transcript.Of(Careless(StoryWorld.Generate(_random, split)), tokenizer);
            if (transcript.Tokens.Count <= Length)
            {
                _waiting.Add(transcript);
            }
            else
            {
                Dropped++;
            }
        }

        int index = _waiting.FindIndex(transcript => transcript.Tokens.Count <= room);
        if (index < 0)
        {
            return null;
        }

        Transcript found = _waiting[index];
        _waiting.RemoveAt(index);
        return found;
    }

    Sample Careless(Sample sample)
    {
        if (_random.Next(CarelessOneIn) != 0)
        {
            return sample;
        }

        bool lower = _random.Next(2) == 0;
        return sample with
        {
            Turns = [.. sample.Turns.Select(turn => turn.Role == "user" ? turn with { Text = Careless(turn.Text, lower) } : turn)],
        };
    }

    static string Careless(string text, bool lower)
    {
        string bare = text.TrimEnd('.', '?', '!');
        return lower && bare.Length > 0 ? char.ToLowerInvariant(bare[0]) + bare[1..] : bare;
    }
}
