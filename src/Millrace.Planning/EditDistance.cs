namespace Millrace.Planning;

/// <summary>How far two spellings are apart (Levenshtein 1966).</summary>
static class EditDistance
{
    /// <summary>The fewest insertions, deletions and replacements of letters that make one text of the other.</summary>
    public static int Between(string from, string to)
    {
        int[] costs = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = costs[0];
            costs[0] = i;
            for (int j = 1; j <= to.Length; j++)
            {
                int replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                diagonal = costs[j];
                costs[j] = Math.Min(replaced, Math.Min(costs[j], costs[j - 1]) + 1);
            }
        }

        return costs[to.Length];
    }
}
