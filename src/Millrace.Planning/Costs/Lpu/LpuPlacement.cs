using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>Chooses how many chips hold a model, and how they are divided.</summary>
public static class LpuPlacement
{
    /// <summary>Tokens that each sequence in flight has room for where nothing else is said.</summary>
    public const int UsualContext = 1024;

    const int MostChipsPerStage = 512;

    /// <summary>A layer for each node, as fast as chips are that reach one another in one hop, with room for a sequence at every stage; more chips for a layer where a node does not hold it.</summary>
    /// <param name="model">The model.</param>
    /// <param name="chip">The chips.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <exception cref="PlanningException">The model does not fit.</exception>
    public static LpuMachine Usual(PlannedModel model, LpuChip chip, int context = UsualContext)
    {
        for (int each = LpuChip.NodeChips; each <= MostChipsPerStage; each++)
        {
            LpuMachine machine = new(model, chip, each, int.MaxValue);
            if (machine.KvTokens >= (double)context * machine.Placement.Count)
            {
                return machine;
            }
        }

        throw TooLarge(model, chip, context);
    }

    /// <summary>So many chips, divided so that a token is fastest, with room for one sequence. Chips of a stage are of one node where the model fits so.</summary>
    /// <param name="model">The model.</param>
    /// <param name="chip">The chips.</param>
    /// <param name="chips">How many.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <exception cref="PlanningException">The model does not fit.</exception>
    public static LpuMachine Within(PlannedModel model, LpuChip chip, int chips, int context = UsualContext)
    {
        LpuMachine? best = null;
        for (int each = 1; each <= Math.Min(chips, MostChipsPerStage) && (each <= LpuChip.NodeChips || best is null); each++)
        {
            LpuMachine machine = new(model, chip, each, chips / each);
            if (machine.Chips <= chips && machine.KvTokens >= context
                && (best is null || machine.Cycles(SramStep.Decode(context)) < best.Cycles(SramStep.Decode(context))))
            {
                best = machine;
            }
        }

        return best ?? throw SramLayouts.Refused(model, chip.Device, chips, context, Fewest(model, chip, context).Chips);
    }

    /// <summary>As few chips as hold the model in whole layers, and one sequence.</summary>
    /// <param name="model">The model.</param>
    /// <param name="chip">The chips.</param>
    /// <param name="context">Tokens of a sequence.</param>
    /// <exception cref="PlanningException">The model does not fit.</exception>
    public static LpuMachine Fewest(PlannedModel model, LpuChip chip, int context = UsualContext)
    {
        LpuMachine? best = null;
        IReadOnlyList<ModelPiece> pieces = ModelPiece.Of(model);
        for (int each = 1; each <= MostChipsPerStage && (best is null || each <= LpuChip.NodeChips); each++)
        {
            double bytes = LpuMachine.BytesOfStage(model, chip, each);
            int least = bytes > 0 ? (int)Math.Min(Math.Ceiling(model.WeightBytes / bytes), int.MaxValue / 2) : int.MaxValue;
            for (int stages = least; stages < least + 2 * pieces.Count && (best is null || stages * each < best.Chips); stages++)
            {
                IReadOnlyList<Stage> cut = Stages.Cut(pieces, stages, bytes);
                if (Stages.Slots(cut) <= stages && Stages.KvTokens(cut, bytes, LpuMachine.Unevenness(model, each)) >= context)
                {
                    best = new(model, chip, each, stages);
                    break;
                }
            }
        }

        return best ?? throw TooLarge(model, chip, context);
    }

    static PlanningException TooLarge(PlannedModel model, LpuChip chip, int context) =>
        new($"{chip.Device.Id}: a layer of {model.Name} with the keys of {context} tokens does not fit {MostChipsPerStage} chips of {Units.Bytes(chip.SramBytes)}");
}
