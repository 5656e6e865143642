namespace Millrace.Planning.Simulation;

/// <summary>A request under way on the virtual clock; its sequence has it as owner.</summary>
/// <param name="id">Its number, in order of arrival.</param>
/// <param name="request">What is asked.</param>
/// <param name="arrival">When it was sent, in seconds.</param>
sealed class Flight(long id, PlannedRequest request, double arrival)
{
    /// <summary>Its number, in order of arrival.</summary>
    public long Id { get; } = id;

    /// <summary>What is asked.</summary>
    public PlannedRequest Request { get; } = request;

    /// <summary>When it was sent.</summary>
    public double Arrival { get; } = arrival;

    /// <summary>Tokens of its answer so far.</summary>
    public int Tokens { get; set; }

    /// <summary>When the first came.</summary>
    public double First { get; set; }

    /// <summary>When the last came.</summary>
    public double Last { get; set; }

    /// <summary>The token that stands for each of its answer's.</summary>
    public int Token { get; } = PromptTokens.Answer(id);
}
