namespace Millrace.Planning.Article;

/// <summary>Something that the article says.</summary>
/// <param name="Id">Its name in code.</param>
/// <param name="Topic">What it is about.</param>
/// <param name="Text">It, in our words.</param>
/// <param name="Values">Its figures, the claimed one first; for a range both ends.</param>
/// <param name="Unit">Their unit; "" without figures.</param>
public sealed record Claim(string Id, string Topic, string Text, IReadOnlyList<double> Values, string Unit)
{
    /// <summary>The figure that is claimed.</summary>
    public double Value => Values[0];
}

/// <summary>What somebody published.</summary>
/// <param name="Id">Its name in code.</param>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="What">What was measured, and how.</param>
/// <param name="Kind">Measured, measured through an API, claimed by the vendor, a price.</param>
/// <param name="Source">Where it stands.</param>
/// <param name="Date">Of when it is.</param>
/// <param name="Chips">On how many chips; 0 unsaid.</param>
public sealed record Evidence(string Id, double Value, string Unit, string What, string Kind, string Source, string Date, int Chips)
{
    /// <summary>Of a speed for one user, the time of a token in seconds.</summary>
    public double Seconds => Unit == "s" ? Value : 1 / Value;
}

/// <summary>What was computed from a device's figures and a model's shape alone.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="How">From what, in words.</param>
public sealed record Bound(double Value, string Unit, string How);

/// <summary>What a cost model says.</summary>
/// <param name="Value">The figure.</param>
/// <param name="Low">The least that it may be, by the model's error.</param>
/// <param name="High">The most.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Basis">What the error rests on.</param>
public sealed record Prediction(double Value, double Low, double High, string Unit, string Basis)
{
    /// <summary>So many times as much, in another unit.</summary>
    public Prediction Times(double factor, string unit) => new(Value * factor, Low * factor, High * factor, unit, Basis);

    /// <summary>Of a time, the rate: so many in each of it.</summary>
    public Prediction Rate(double count, string unit) => new(count / Value, count / High, count / Low, unit, Basis);

    /// <summary>How many times it is another; the errors of both may add up.</summary>
    public Prediction Over(Prediction other) => new(Value / other.Value, Low / other.High, High / other.Low, "x", Basis == other.Basis ? Basis : $"{Basis}; {other.Basis}");
}

/// <summary>What was measured, in the unit of the claim.</summary>
/// <param name="Low">The least.</param>
/// <param name="High">The most.</param>
/// <param name="Unit">The unit.</param>
public sealed record Span(double Low, double High, string Unit)
{
    /// <summary>The span of some figures; null of none.</summary>
    public static Span? Of(IReadOnlyList<double> values, string unit) => values.Count == 0 ? null : new(values.Min(), values.Max(), unit);
}

/// <summary>How a claim stands to the figures; <see cref="Rules"/> says by which rule.</summary>
public enum Verdict
{
    /// <summary>The figures agree.</summary>
    Holds,

    /// <summary>They agree in part, or on a condition that the claim leaves out.</summary>
    Partly,

    /// <summary>They disagree.</summary>
    Wrong,

    /// <summary>No machine as described could do it.</summary>
    Impossible,

    /// <summary>There is nothing here to hold it against.</summary>
    NotTestable,
}

/// <summary>A claim beside what is known.</summary>
/// <param name="Claim">The claim.</param>
/// <param name="Bound">What physics or arithmetic gives, or null.</param>
/// <param name="Prediction">What our model gives, or null where none prices the machine.</param>
/// <param name="Measured">What follows from what others published, or null.</param>
/// <param name="Evidence">What they published.</param>
/// <param name="Verdict">The verdict.</param>
/// <param name="Reason">The verdict in a sentence.</param>
public sealed record Finding(Claim Claim, Bound? Bound, Prediction? Prediction, Span? Measured, IReadOnlyList<Evidence> Evidence, Verdict Verdict, string Reason);
