using Millrace.Server.Ledger;

namespace Millrace.Server.Inference;

/// <summary>The answers to requests with idempotency keys: bounded in number, bytes and time. What runs is never dropped; of what has ended, the oldest first.</summary>
sealed class KeptAnswers(TimeProvider clock)
{
    /// <summary>Answers at most.</summary>
    public const int MostAnswers = 1024;

    /// <summary>Bytes at most, of all together.</summary>
    public const long MostBytes = 64L << 20;

    /// <summary>How long an answer is kept after its end.</summary>
    public static readonly TimeSpan KeptFor = TimeSpan.FromMinutes(10);

    readonly Lock _gate = new();
    readonly Dictionary<(string Tenant, string Key), KeptAnswer> _answers = [];

    /// <summary>The answer of a key, or a new one that the caller then starts.</summary>
    /// <exception cref="InferenceException">The key came with another body, or there is no room.</exception>
    public KeptAnswer Take(string tenant, IdempotencyKey key, long bytes, out bool isNew)
    {
        lock (_gate)
        {
            Drop(answer => answer.EndedAt is { } ended && clock.GetElapsedTime(ended) >= KeptFor);
            isNew = !_answers.TryGetValue((tenant, key.Value), out KeptAnswer? answer);
            if (answer is not null)
            {
                return answer.Key.BodyHash == key.BodyHash ? answer : throw Conflict("came with another body");
            }

            MakeRoom(bytes);
            answer = new KeptAnswer(key, bytes);
            _answers.Add((tenant, key.Value), answer);
            return answer;
        }
    }

    /// <summary>Forgets an answer that stands for nothing.</summary>
    public void Forget(string tenant, KeptAnswer answer)
    {
        lock (_gate)
        {
            _answers.Remove((tenant, answer.Key.Value));
        }
    }

    /// <summary>The refusal of a key that was used.</summary>
    public static InferenceException Conflict(string why) => new(Refusal.Conflict, $"This idempotency key {why}") { Parameter = "Idempotency-Key" };

    void MakeRoom(long bytes)
    {
        if (bytes > MostBytes)
        {
            throw new InferenceException(Refusal.Invalid, $"With an idempotency key an answer may take {MostBytes} bytes at most; this one could take {bytes}. Ask for fewer tokens or choices") { Parameter = "Idempotency-Key" };
        }

        bool fits = false;
        foreach (KeptAnswer oldest in _answers.Values.Where(answer => answer.EndedAt is not null).OrderBy(answer => answer.EndedAt).Prepend(null!))
        {
            if (oldest is not null)
            {
                Drop(answer => answer == oldest);
            }

            fits = _answers.Count < MostAnswers && _answers.Values.Sum(answer => answer.Bytes) + bytes <= MostBytes;
            if (fits)
            {
                return;
            }
        }

        throw new InferenceException(Refusal.Busy, "Too many requests with idempotency keys run now") { RetryAfter = TimeSpan.FromSeconds(5) };
    }

    void Drop(Func<KeptAnswer, bool> condition)
    {
        foreach (((string, string) name, KeptAnswer answer) in _answers)
        {
            if (condition(answer))
            {
                _answers.Remove(name); // a dictionary may lose entries while it is walked through
            }
        }
    }
}
