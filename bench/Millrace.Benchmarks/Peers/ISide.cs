namespace Millrace.Benchmarks.Peers;

/// <summary>One of the two that are compared: a model that is loaded.</summary>
interface ISide : IDisposable
{
    /// <summary>What it runs a row with, in a few words.</summary>
    string Settings { get; }

    /// <summary>Makes room for a row and puts the tokens before it into the cache.</summary>
    void Prepare(PeerRow row);

    /// <summary>Goes back to where <see cref="Prepare"/> left it, with other tokens to come.</summary>
    void Reset(int seed);

    /// <summary>Computes the row's tokens and their logits: what is timed.</summary>
    void Run();
}
