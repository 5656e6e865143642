namespace Millrace.Server.Limits;

/// <summary>Why a request may not run now.</summary>
/// <param name="Limit">The limit that keeps it waiting longest.</param>
/// <param name="Most">What the limit allows.</param>
/// <param name="Asked">What the request would need of it: 1 request, its tokens, its worst price.</param>
/// <param name="RetryAfter">When it may run, should nothing else of the key come before: exact for rates, an estimate where running requests must end first; null where waiting does not help.</param>
public sealed record LimitRefusal(Limit Limit, long Most, long Asked, TimeSpan? RetryAfter);
