namespace Millrace.Planning.Simulation;

/// <summary>How requests are dealt to replicas.</summary>
public enum RouterPolicy
{
    /// <summary>To the one with the fewest tokens still to compute.</summary>
    LeastLoaded,

    /// <summary>To one after the other.</summary>
    RoundRobin,

    /// <summary>To the one where the fewest wait; of equals, where the smallest part of the KV cache is held.</summary>
    LeastKv,

    /// <summary>To the one with the fewest tokens still to compute once this request's are there, those that it has in its prefix cache left out.</summary>
    Prefix,

    /// <summary>To the same one for all requests of a session.</summary>
    Session,
}
