using System.CommandLine;
using Millrace.Tools.StoryModel.World;

namespace Millrace.Tools.StoryModel;

/// <summary><c>check</c>: what the world's text is made of, in figures.</summary>
static class CheckCommand
{
    internal static Command Create()
    {
        var count = new Option<int>("--count") { Description = "How many stories.", DefaultValueFactory = _ => 20_000 };
        var command = new Command("check", "Print statistics of the story world.") { count };
        command.SetAction(parse => Console.WriteLine(WorldStatistics.Measure(seed: 1, parse.GetValue(count))));
        return command;
    }
}
