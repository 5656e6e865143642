namespace Millrace.Server.Ledger;

/// <summary>Moments of the writer at which a crash must lose nothing; tests stop the process there.</summary>
enum WriteStep
{
    Begun,
    Applied,
    Committing,
    Committed,
    Acknowledged,
    Checkpointed,
}
