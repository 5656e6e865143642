namespace Millrace.Tools.StoryModel.World;

/// <summary>The world that the story model learns: an endless supply of short stories and talk about them.</summary>
public static class StoryWorld
{
    /// <summary>One combination of plot, kind and place in this many is held out.</summary>
    public const int HeldOutOneIn = 12;

    /// <summary>The number of different plots.</summary>
    public static int PlotCount => PlotBook.All.Length;

    /// <summary>The next sample. The same generator state gives the same sample.</summary>
    public static Sample Generate(StoryRandom random, Split split)
    {
        ArgumentNullException.ThrowIfNull(random);
        return Forms.Draw(random, split);
    }

    /// <summary>The split that a combination belongs to: FNV-1a over the three texts.</summary>
    public static Split SplitOf(string plot, string kind, string place)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in $"{plot}|{kind}|{place}")
        {
            hash = (hash ^ c) * 1099511628211UL;
        }
        return (hash >> 20) % HeldOutOneIn == 0 ? Split.HeldOut : Split.Train;
    }
}
