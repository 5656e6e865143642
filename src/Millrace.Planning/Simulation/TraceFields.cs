using System.Globalization;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>What a line of a trace may have; fields are named as in the files.</summary>
sealed record TraceFields
{
    const int HashedTokens = 512; // of Mooncake's hashes

    public double? timestamp { get; init; }

    public int? input_length { get; init; }

    public int? output_length { get; init; }

    public ulong[]? hash_ids { get; init; }

    public double? arrival { get; init; }

    public int? input { get; init; }

    public int? output { get; init; }

    public string? @class { get; set; }

    public long? tenant { get; set; }

    public ulong? session { get; set; }

    public ulong? prefix { get; set; }

    public int? prefix_tokens { get; set; }

    /// <summary>The time of arrival in seconds; null where there is none.</summary>
    public double? Time => (timestamp / 1000 ?? arrival) is >= 0 and < 1e12 and { } time ? time : null;

    /// <summary>Sets a field by its name; names that are not known are left alone, and so are empty cells.</summary>
    /// <returns>False where the text is none of the field's.</returns>
    public bool TrySet(string name, string text)
    {
        bool ulongs = ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number);
        switch (name)
        {
            case "class" when text.Length > 0:
                @class = text;
                return true;
            case "tenant" when text.Length > 0:
                tenant = (long)number;
                return ulongs && number <= long.MaxValue;
            case "session" when text.Length > 0:
                session = number;
                return ulongs;
            case "prefix" when text.Length > 0:
                prefix = number;
                return ulongs;
            case "prefix_tokens" when text.Length > 0:
                prefix_tokens = (int)Math.Min(number, int.MaxValue);
                return ulongs;
            default:
                return true;
        }
    }

    /// <summary>The request; null where a field is missing or out of bounds.</summary>
    /// <param name="line">Its line, which stands for the text that it shares with nobody.</param>
    public PlannedRequest? Request(ulong line)
    {
        int tokens = input_length ?? input ?? 0;
        int answer = output_length ?? output ?? 0;
        int shared = prefix is null ? 0 : prefix_tokens ?? 0;
        ServiceClass serviceClass = ServiceClass.Standard;
        bool valid = tokens is > 0 and <= TraceFile.MostTokens && answer is > 0 and <= TraceFile.MostTokens && shared >= 0 && shared <= tokens
            && (@class is null || Enum.TryParse(@class, ignoreCase: true, out serviceClass) && Enum.IsDefined(serviceClass));
        return !valid ? null : new PlannedRequest(Parts(tokens, shared, ulong.MaxValue - line), answer)
        {
            Class = serviceClass,
            Tenant = tenant ?? 0,
            Session = session,
        };
    }

    // The last hash may stand for fewer tokens than the others; a prompt without hashes shares nothing.
    PromptPart[] Parts(int left, int shared, ulong own)
    {
        List<PromptPart> parts = [];
        foreach (ulong hash in hash_ids ?? [])
        {
            int tokens = Math.Min(left, HashedTokens);
            if (tokens > 0)
            {
                parts.Add(new PromptPart(hash, tokens));
            }

            left -= tokens;
        }

        if (shared > 0)
        {
            parts.Add(new PromptPart(prefix!.Value, shared));
            left -= shared;
        }

        if (left > 0)
        {
            parts.Add(new PromptPart(own, left));
        }

        return [.. parts];
    }
}
