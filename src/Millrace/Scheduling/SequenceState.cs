namespace Millrace.Scheduling;

/// <summary>Where a sequence stands.</summary>
public enum SequenceState
{
    /// <summary>It has no blocks: not begun, or preempted.</summary>
    Waiting,

    /// <summary>It has a place in the steps.</summary>
    Running,

    /// <summary>It is over, and has given everything back.</summary>
    Finished,
}
