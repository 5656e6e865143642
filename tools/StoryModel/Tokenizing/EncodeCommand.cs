using System.CommandLine;
using System.Runtime.InteropServices;
using Millrace.Tokenization;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel.Tokenizing;

/// <summary><c>encode</c>: writes rows of tokens, as the training reads them.</summary>
static class EncodeCommand
{
    public static Command Create()
    {
        Option<FileInfo> tokenizer = new("--tokenizer") { Description = "The vocabulary.", Required = true };
        Option<ulong> seed = new("--seed") { Description = "Where the random numbers start.", DefaultValueFactory = _ => 2 };
        Option<int> rows = new("--rows") { Description = "How many rows.", Required = true };
        Option<Split> split = new("--split") { Description = "Train or HeldOut.", DefaultValueFactory = _ => Split.Train };
        Option<int> exercises = new("--exercises") { Description = "Of so many rows at the beginning some hold exercises in repeating." };
        Option<FileInfo> output = new("-o") { Description = "The file to write.", Required = true };
        Command command = new("encode", "Write rows of tokens to train on.") { tokenizer, seed, rows, split, exercises, output };
        command.SetAction(parse =>
        {
            RowPacker packer = new(Tokenizer.Open(parse.GetRequiredValue(tokenizer).FullName), parse.GetValue(seed), parse.GetValue(split), parse.GetValue(exercises));
            string path = parse.GetRequiredValue(output).FullName;
            int count = parse.GetRequiredValue(rows);
            using (FileStream file = new(path + ".new", FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                for (int i = 0; i < count; i++)
                {
                    file.Write(MemoryMarshal.AsBytes<ushort>(packer.Next()));
                }
            }

            File.Move(path + ".new", path, overwrite: true);
            Console.WriteLine($"{count} rows, {packer.Learned} of {(long)count * RowPacker.Length} tokens are learned, {packer.Dropped} samples were too long");
        });
        return command;
    }
}
