using Millrace.Planning.Costs;
using Millrace.Planning.Models;

namespace Millrace.Planning.Plans;

/// <summary>How one replica runs with a number of users who each ask again when they are answered.</summary>
/// <param name="Batch">Sequences at once.</param>
/// <param name="Ttft">Seconds to the first token, alone on the machine.</param>
/// <param name="Tpot">Seconds from token to token, with the others' prompts computed between.</param>
/// <param name="TokensPerSecond">Output tokens of all users.</param>
/// <param name="PrefillPart">The part of the machine's time that prompts take.</param>
/// <param name="Watts">Average power of the replica; NaN where it is not known.</param>
/// <param name="Step">The mean step.</param>
/// <param name="Work">What the mean step moves and computes; of a pipeline, what one group of sequences does.</param>
public sealed record OperatingPoint(int Batch, double Ttft, double Tpot, double TokensPerSecond, double PrefillPart, double Watts, StepTime Step, StepWork Work);
