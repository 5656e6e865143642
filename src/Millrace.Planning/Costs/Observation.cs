using Millrace.Planning.Costs.Sram;

namespace Millrace.Planning.Costs;

/// <summary>A row whose load was simulated: what a fit or a prediction needs of it.</summary>
sealed class Observation
{
    Observation(PointRow row, Scenario scenario, LoadTerms load)
    {
        (Row, Scenario, Load) = (row, scenario, load);
        Quantity = scenario.Quantity(load.Clients);
        Time = load.First;
        if (Quantity.Kind is QuantityKind.Token or QuantityKind.TokenTail or QuantityKind.Power)
        {
            Time = load.Token;
        }
        else if (Quantity.Kind == QuantityKind.Cycle)
        {
            Terms cycle = load.First;
            cycle.Add(load.Token, scenario.Load.MeanOutput - 1);
            Time = cycle;
        }
    }

    /// <summary>The row.</summary>
    public PointRow Row { get; }

    /// <summary>What it ran.</summary>
    public Scenario Scenario { get; }

    /// <summary>What its load came to.</summary>
    public LoadTerms Load { get; }

    /// <summary>What was measured.</summary>
    public MeasuredQuantity Quantity { get; }

    /// <summary>The terms of its time.</summary>
    public Terms Time { get; }

    /// <summary>The measured number in base units; NaN where the row has none.</summary>
    public double Measured => Row.Value is double value and > 0 ? Quantity.ToBase(value) : double.NaN;

    /// <summary>The set that it is in: device, engine, model and precision.</summary>
    public string Set => $"{Scenario.Deployment.Device.Id} {Scenario.Engine} {Scenario.Model.Name} {Scenario.Precision}";

    /// <summary>The base of its prediction, before measurements nearby correct it.</summary>
    public double Base(in Terms coefficients) => Scenario.Sram is { } machine ? SramTimes.Of(machine, Scenario.Load, Load.Clients, Quantity.Kind)
        : Quantity.Kind == QuantityKind.Power ? Power(coefficients) : Math.Max(Time.Times(coefficients), 1e-9);

    /// <summary>Where it lies; parts of its time are what typical coefficients make of them, so that fits do not move it.</summary>
    /// <param name="apart">Whether its set stands apart from all others.</param>
    public Site Site(bool apart) => Costs.Site.Of(Scenario, Load.Clients, Time, CoefficientSets.Typical, apart ? Set : "");

    /// <summary>Reads rows and simulates their loads, equal ones once.</summary>
    /// <returns>An observation for each row, or why there is none.</returns>
    public static (Observation? Observation, string? Reason)[] Of(IReadOnlyList<PointRow?> rows, ScenarioReader reader)
    {
        (Scenario? Scenario, string? Reason)[] read = [.. rows.Select(row => Read(row, reader))];
        (Deployment, ServingLoad)[] loads = [.. read.Select(static row => row.Scenario).OfType<Scenario>().Select(static scenario => (scenario.Deployment, scenario.Load)).Distinct()];
        (LoadTerms? Terms, string? Reason)[] simulated = new (LoadTerms?, string?)[loads.Length];
        Parallel.For(0, loads.Length, i => simulated[i] = Simulate(loads[i].Item1, loads[i].Item2));
        Dictionary<(Deployment, ServingLoad), int> numbers = loads.Select(static (load, i) => (load, i)).ToDictionary(static pair => pair.load, static pair => pair.i);
        (Observation?, string?)[] result = new (Observation?, string?)[rows.Count];
        for (int i = 0; i < rows.Count; i++)
        {
            if (read[i].Scenario is not { } scenario)
            {
                result[i] = (null, read[i].Reason);
                continue;
            }

            (LoadTerms? terms, string? reason) = simulated[numbers[(scenario.Deployment, scenario.Load)]];
            result[i] = terms is null ? (null, reason) : (new Observation(rows[i]!, scenario, terms), null);
        }

        return result;
    }

    static (Scenario?, string?) Read(PointRow? row, ScenarioReader reader)
    {
        if (row is null)
        {
            return (null, "row: expected a JSON object");
        }

        try
        {
            Scenario scenario = reader.Read(row);
            scenario.Quantity(1); // an unknown metric needs no simulation
            return (scenario, null);
        }
        catch (Exception exception) when (exception is PlanningException or Formats.ModelFormatException or OverflowException)
        {
            return (null, exception.Message);
        }
    }

    static (LoadTerms?, string?) Simulate(Deployment deployment, in ServingLoad load)
    {
        try
        {
            return (LoadSimulation.Run(deployment, new StepTerms(deployment), load, CoefficientSets.Typical), null);
        }
        catch (PlanningException exception)
        {
            return (null, exception.Message);
        }
    }

    // Prompts keep multipliers busy, decoding the memory.
    double Power(in Terms coefficients)
    {
        double seconds = Math.Max(Time.Times(coefficients), 1e-9);
        double memory = (Time[Term.Weights] * coefficients[Term.Weights] + Time[Term.Kv] * coefficients[Term.Kv]) / seconds;
        double compute = (Time[Term.PromptFlops] + Time[Term.DecodeFlops] + Time[Term.Attention]) / seconds;
        return Scenario.Replicas * PowerModel.Usual.Watts(Scenario.Deployment, Math.Min(1, memory), Math.Min(1, compute));
    }
}
