namespace Millrace.Planning.Costs;

/// <summary>Checks of figures that come from users.</summary>
static class Require
{
    /// <summary>Throws where a figure is zero, negative, infinite or no number.</summary>
    /// <exception cref="PlanningException">It is.</exception>
    public static double Positive(double value, string what) => value > 0 && double.IsFinite(value)
        ? value
        : throw new PlanningException($"{what}: expected a positive number, found {value}");
}
