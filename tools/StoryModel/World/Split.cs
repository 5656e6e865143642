namespace Millrace.Tools.StoryModel.World;

/// <summary>
/// Which combinations of plot, kind and place a story may have. The two never share a combination, so that what a
/// model tells about held-out ones is not remembered.
/// </summary>
public enum Split
{
    /// <summary>The combinations to learn from.</summary>
    Train,

    /// <summary>One combination in <see cref="StoryWorld.HeldOutOneIn"/>, kept for evaluation.</summary>
    HeldOut,
}
