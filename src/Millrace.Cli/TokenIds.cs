namespace Millrace.Cli;

/// <summary>Checks ids that the user gives.</summary>
static class TokenIds
{
    /// <summary>Throws where an id is not in a vocabulary.</summary>
    /// <exception cref="UsageException">One is not.</exception>
    public static void Check(string option, ReadOnlySpan<int> tokens, int vocabulary)
    {
        foreach (int token in tokens)
        {
            if ((uint)token >= (uint)vocabulary)
            {
                throw new UsageException($"{option}: expected ids from 0 to {vocabulary - 1}, found {token}");
            }
        }
    }
}
