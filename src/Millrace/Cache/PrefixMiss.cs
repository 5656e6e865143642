namespace Millrace.Cache;

/// <summary>Why a prompt's next block was not found in the cache. Blocks under another salt are as if they were not there.</summary>
public enum PrefixMiss
{
    /// <summary>It has not been looked for yet.</summary>
    None,

    /// <summary>All whole blocks of the prompt were found.</summary>
    NothingMissing,

    /// <summary>The prompt is no longer than one block: whole blocks alone are kept.</summary>
    ShorterThanBlock,

    /// <summary>No prompt with these first tokens was computed, or not yet.</summary>
    FirstBlockUnknown,

    /// <summary>The beginning is known; from here on no prompt has gone on like this, or not yet.</summary>
    Diverged,

    /// <summary>It was there, and was given up for others.</summary>
    Evicted,

    /// <summary>The cache shares nothing.</summary>
    NotShared,
}
