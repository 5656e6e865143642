namespace Millrace.Tools.StoryModel.World;

/// <summary>
/// One course of events, written as templates. The story is an opening (shared by all plots), the acts in order, and
/// an ending (shared as well).
/// </summary>
/// <param name="Id">"lost-thing".</param>
/// <param name="Trouble">What goes on, as it follows "a fox who".</param>
/// <param name="Topic">The same as a noun, as it follows "a story about".</param>
sealed record Plot(string Id, string Trouble, string Topic)
{
    /// <summary>Whom it can happen to.</summary>
    internal Kind[] Kinds { get; init; } = World.Kinds.AllYoung;

    /// <summary>Where it can happen.</summary>
    internal Place[] Places { get; init; } = World.Places.Everywhere;

    /// <summary>The plot's own facts: values of each, their fields parted by '/'.</summary>
    internal Dictionary<string, string[]> Variables { get; init; } = [];

    /// <summary>What happens, act by act.</summary>
    internal required string[] Acts { get; init; }

    /// <summary>How it ended, in one sentence.</summary>
    internal required string End { get; init; }

    /// <summary>Questions about this plot, with their answers.</summary>
    internal (string Question, string Answer)[] Questions { get; init; } = [];

    /// <summary>Whether a second named character, or a helper, appears.</summary>
    internal bool HasFriend { get; init; }

    internal bool HasHelper { get; init; }
}
