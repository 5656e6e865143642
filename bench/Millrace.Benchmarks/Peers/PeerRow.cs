using Millrace.Kernels;
using Millrace.Kernels.MachineCode;

namespace Millrace.Benchmarks.Peers;

/// <summary>A model of random weights that rows run on.</summary>
/// <param name="Name">Its name; of its file too.</param>
/// <param name="Synth">What <c>millrace synth</c> makes it with.</param>
sealed record PeerModel(string Name, string Synth);

/// <summary>What a row must reach.</summary>
/// <param name="Avx2">Least ratio to the peer on processors whose best instructions are those of AVX2; 0 where the bandwidth alone decides.</param>
/// <param name="Vnni">Least ratio on processors with AVX-512 VNNI.</param>
/// <param name="OrBandwidth">Whether <see cref="EnoughOfBandwidth"/> is enough too.</param>
sealed record Target(double Avx2, double Vnni, bool OrBandwidth = false)
{
    /// <summary>The share of the read bandwidth that leaves no room.</summary>
    public const double EnoughOfBandwidth = 0.93;

    /// <summary>The share that leaves a peer which has it little room, and the ratio that is asked for then.</summary>
    const double MuchOfBandwidth = 0.85, LeastBesideMuch = 1.05;

    /// <summary>The ratio asked for here.</summary>
    public double Ratio => EmittedCode.IsUsed ? Vnni : Avx2;

    /// <summary>Whether figures reach it.</summary>
    /// <param name="ratio">To the peer.</param>
    /// <param name="share">Of the read bandwidth.</param>
    /// <param name="peerShare">The peer's.</param>
    public bool IsMet(double ratio, double share, double peerShare) =>
        Ratio > 0 && ratio >= Ratio
        || OrBandwidth && share >= EnoughOfBandwidth && ratio >= 1
        || Ratio == 0 && peerShare >= MuchOfBandwidth && ratio >= LeastBesideMuch;

    /// <inheritdoc/>
    public override string ToString() => Ratio == 0
        ? FormattableString.Invariant($"≥ {EnoughOfBandwidth * 100} % of bandwidth (or ≥ {LeastBesideMuch} where the peer has {MuchOfBandwidth * 100} %)")
        : FormattableString.Invariant($"≥ {Ratio}{(OrBandwidth ? $" or {EnoughOfBandwidth * 100} % of bandwidth" : "")}");
}

/// <summary>A line of the table: work that both sides do over one model.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Part">The group that <c>what=</c> chooses.</param>
/// <param name="Model">The model.</param>
/// <param name="Target">What it must reach, or null.</param>
sealed record PeerRow(string Id, string Part, PeerModel Model, Target? Target = null)
{
    /// <summary>Sequences, each with a prompt of its own.</summary>
    public int Streams { get; init; } = 1;

    /// <summary>Tokens of each in the cache before what is measured.</summary>
    public int Depth { get; init; }

    /// <summary>Tokens of each that are measured.</summary>
    public required int Tokens { get; init; }

    /// <summary>Whether they are a prompt, computed in one step; else they follow one another.</summary>
    public bool IsPrompt { get; init; }

    /// <summary>How keys and values are kept.</summary>
    public KvType Kv { get; init; } = KvType.F16;

    /// <summary>Tokens of context that each sequence needs.</summary>
    public int Context => Math.Max(ShortContext, (Depth + Tokens + 255) / 256 * 256);

    /// <summary>Tokens that are measured in a turn.</summary>
    public int AllTokens => Streams * Tokens;

    /// <summary>The context of all rows but the long ones, so that they share a device.</summary>
    public const int ShortContext = 512;
}
