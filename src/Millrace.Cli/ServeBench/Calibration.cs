namespace Millrace.Cli.ServeBench;

/// <summary>Learns from a server how many tokens each word of a prompt takes.</summary>
static class Calibration
{
    /// <summary>Texts of exact lengths, or of a token for each word where the server does not count tokens.</summary>
    public static async Task<PromptText> TextsAsync(LoadClient client, CancellationToken cancellation)
    {
        // What a tokenizer puts in front, or makes of a text's first word, falls out of the difference.
        string first = PromptText.Words[0];
        if (await client.CountTokensAsync(first, cancellation) is not { } alone)
        {
            return new PromptText();
        }

        int[] costs = new int[PromptText.Words.Count];
        for (int i = 0; i < costs.Length; i++)
        {
            if (await client.CountTokensAsync($"{first} {PromptText.Words[i]}", cancellation) is not { } both || both <= alone)
            {
                return new PromptText();
            }

            costs[i] = both - alone;
        }

        return new PromptText(costs);
    }
}
