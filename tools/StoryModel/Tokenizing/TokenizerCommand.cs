using System.CommandLine;
using Millrace.Formats.Gguf;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel.Tokenizing;

/// <summary><c>tokenizer</c>: learns the vocabulary from the world and writes it as a GGUF file without weights.</summary>
static class TokenizerCommand
{
    public static Command Create()
    {
        Option<ulong> seed = new("--seed") { Description = "Where the random numbers start.", DefaultValueFactory = _ => 1 };
        Option<int> count = new("--count") { Description = "How many samples to learn from.", DefaultValueFactory = _ => 20_000 };
        Option<FileInfo> output = new("-o") { Description = "The file to write.", Required = true };
        Command command = new("tokenizer", "Learn the vocabulary.") { seed, count, output };
        command.SetAction(parse =>
        {
            List<(byte[], byte[])> merges = Learn(parse.GetValue(seed), parse.GetValue(count));
            GgufWriter writer = new();
            writer.Add("general.architecture", "llama");
            StoryVocabulary.AddTo(writer, merges);
            writer.Write(parse.GetRequiredValue(output).FullName);
            Console.WriteLine($"{merges.Count} merges");
        });
        return command;
    }

    /// <summary>The merges that so many samples teach.</summary>
    public static List<(byte[] Left, byte[] Right)> Learn(ulong seed, int count)
    {
        BytePairTrainer trainer = new();
        StoryRandom random = new(seed);
        for (int i = 0; i < count; i++)
        {
            foreach (Turn turn in StoryWorld.Generate(random, Split.Train).Turns)
            {
                trainer.Add(turn.Text);
            }
        }

        return trainer.Learn(StoryVocabulary.MaxMerges);
    }
}
