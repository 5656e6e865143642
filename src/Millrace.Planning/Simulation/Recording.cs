using System.Text.Json;
using Millrace.Scheduling;

namespace Millrace.Planning.Simulation;

/// <summary>A run that an engine recorded (<see cref="RunRecorder"/>): what the engine was, and what its loop did, in its order.</summary>
public sealed class Recording
{
    readonly Dictionary<long, RecordedEnd> _ends = [];

    Recording(string path, RecordedEngine engine, IReadOnlyList<RecordedLine> lines)
    {
        Path = path;
        Engine = engine;
        Lines = lines;
        foreach (RecordedEnd end in lines.OfType<RecordedEnd>())
        {
            if (!_ends.TryAdd(end.Id, end))
            {
                throw PlanningException.AtLine(path, end.Line, $"sequence {end.Id} to end once", "a second end");
            }
        }
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>What the engine was.</summary>
    public RecordedEngine Engine { get; }

    /// <summary>What it did.</summary>
    public IReadOnlyList<RecordedLine> Lines { get; }

    /// <summary>How a sequence ended; null where it had not when the recording did.</summary>
    public RecordedEnd? EndOf(long id) => _ends.GetValueOrDefault(id);

    /// <summary>Reads a recording.</summary>
    /// <exception cref="PlanningException">There is no such file, or a line is none of a recording's; it is named.</exception>
    public static Recording Read(string path)
    {
        if (!File.Exists(path))
        {
            throw new PlanningException($"no such file: {path}");
        }

        RecordedEngine? engine = null;
        List<RecordedLine> lines = [];
        int number = 0;
        foreach (string text in File.ReadLines(path))
        {
            number++;
            if (text.Length == 0)
            {
                continue;
            }

            try
            {
                using JsonDocument json = JsonDocument.Parse(text);
                if (engine is null)
                {
                    engine = new RecordedEngine(new RecordingFields(json.RootElement));
                }
                else
                {
                    lines.Add(RecordedLine.Parse(new RecordingFields(json.RootElement), number));
                }
            }
            catch (Exception exception) when (exception is JsonException or FormatException)
            {
                throw PlanningException.AtLine(path, number, exception is FormatException ? exception.Message : "a JSON object", text);
            }
        }

        return new Recording(path, engine ?? throw new PlanningException($"{path}: no recording: the file is empty"), lines);
    }

    /// <summary>The requests, to be sent to other hardware: their times, lengths and classes, and the blocks that they shared. Sequences that ended without a token are left out, and a choice that went on from another is a request with the same prompt.</summary>
    public IEnumerable<PlannedRequest> Requests()
    {
        Dictionary<long, RecordedArrival> arrivals = [];
        List<PlannedRequest> requests = [];
        foreach (RecordedLine line in Lines)
        {
            RecordedArrival? arrival = line switch
            {
                RecordedArrival own => own,
                RecordedFork fork when arrivals.TryGetValue(fork.Of, out RecordedArrival? of) => of with { Id = fork.Id, Seconds = fork.Seconds },
                _ => null,
            };
            if (arrival is not null)
            {
                arrivals[arrival.Id] = arrival;
                if (EndOf(arrival.Id) is { Tokens: > 0 } end)
                {
                    requests.Add(new PlannedRequest(Parts(arrival), end.Tokens, arrival.Seconds) { Class = arrival.Class, Tenant = arrival.Tenant });
                }
            }
        }

        // A request is recorded when the loop takes it, and its time is when it was handed in.
        return requests.OrderBy(request => request.Arrival);
    }

    PromptPart[] Parts(RecordedArrival arrival)
    {
        List<PromptPart> parts = [.. arrival.Blocks.Select(hash => new PromptPart(hash, Engine.BlockSize))];
        int left = arrival.Prompt - parts.Count * Engine.BlockSize;
        if (left > 0)
        {
            parts.Add(new PromptPart(ulong.MaxValue - (ulong)arrival.Id, left));
        }

        return [.. parts];
    }
}
