namespace Millrace;

/// <summary>The requests that have a deadline, queued and running alike.</summary>
sealed class Deadlines(TimeProvider clock)
{
    readonly List<Generation> _timed = [];

    /// <summary>Watches a request, if it has one.</summary>
    public void Add(Generation generation)
    {
        if ((generation.Request.Deadline ?? generation.Request.QueueDeadline) is not null)
        {
            _timed.Add(generation);
        }
    }

    /// <summary>One whose time is up and that has not ended, for the caller to end; null where there is none. Those that have ended are forgotten.</summary>
    public Generation? Overdue()
    {
        long now = _timed.Count > 0 ? clock.GetTimestamp() : 0;
        for (int i = _timed.Count - 1; i >= 0; i--)
        {
            Generation generation = _timed[i];
            if (generation.FinishReason is not null)
            {
                _timed[i] = _timed[^1];
                _timed.RemoveAt(_timed.Count - 1);
            }
            else if (generation.IsOverdue(clock, now))
            {
                return generation;
            }
        }

        return null;
    }
}
