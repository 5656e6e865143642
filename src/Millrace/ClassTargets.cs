using Millrace.Scheduling;

namespace Millrace;

/// <summary>How long the gap between two tokens of a request may be while prompts are computed beside it: as a time, as a multiple of what it is without them, or both (the larger counts). Null is no bound.</summary>
/// <param name="Time">The gap.</param>
/// <param name="Multiple">The gap over that of a quiet step with the same requests.</param>
public readonly record struct InterTokenTarget(TimeSpan? Time, double? Multiple)
{
    /// <summary>The bound in microseconds, or infinity.</summary>
    internal double Microseconds(double quiet) => Math.Max(
        Time?.TotalMicroseconds ?? (Multiple is null ? double.PositiveInfinity : 0),
        Multiple * quiet ?? 0);
}

/// <summary>How long a request may wait for its first token; what would wait longer is refused with <see cref="EngineBusyException"/>. Null is no bound.</summary>
/// <param name="Realtime">Of <see cref="ServiceClass.Realtime"/>.</param>
/// <param name="Standard">Of <see cref="ServiceClass.Standard"/>.</param>
/// <param name="Batch">Of <see cref="ServiceClass.Batch"/>.</param>
public readonly record struct FirstTokenTargets(TimeSpan? Realtime, TimeSpan? Standard, TimeSpan? Batch)
{
    /// <summary>That of a class.</summary>
    public TimeSpan? Of(ServiceClass serviceClass) => serviceClass switch
    {
        ServiceClass.Realtime => Realtime,
        ServiceClass.Standard => Standard,
        _ => Batch,
    };
}

/// <summary>The targets of the classes. Prompts of a higher class than a request's are not held back for it.</summary>
public sealed record ClassTargets
{
    /// <summary>Of <see cref="ServiceClass.Realtime"/>: by default twice a quiet step.</summary>
    public InterTokenTarget Realtime { get; init; } = new(null, 2);

    /// <summary>Of <see cref="ServiceClass.Standard"/>: by default none.</summary>
    public InterTokenTarget Standard { get; init; }

    /// <summary>Of <see cref="ServiceClass.Batch"/>: by default none.</summary>
    public InterTokenTarget Batch { get; init; }

    /// <summary>Until the first token: by default no bounds.</summary>
    public FirstTokenTargets FirstToken { get; init; }

    internal double InterToken(ServiceClass serviceClass, double quiet) => (serviceClass switch
    {
        ServiceClass.Realtime => Realtime,
        ServiceClass.Standard => Standard,
        _ => Batch,
    }).Microseconds(quiet);
}
