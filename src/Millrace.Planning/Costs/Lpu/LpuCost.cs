using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Lpu;

/// <summary>Steps of a model on statically scheduled chips: <see cref="Parallelism.Tensor"/> chips for a stage, <see cref="Parallelism.Pipeline"/> stages. One stage of more chips than a node means only how many chips there are: they are divided as is fastest.</summary>
public sealed class LpuCost : ICostModel
{
    readonly AttentionLayers _attention;

    /// <summary>Compiles and places the model.</summary>
    /// <param name="deployment">Its model must have a plan.</param>
    /// <exception cref="PlanningException">It has none, or the device lacks a figure.</exception>
    public LpuCost(Deployment deployment)
    {
        Deployment = deployment;
        PlannedModel model = SramCosts.Planned(deployment);
        SramCosts.CheckDomain(deployment);
        LpuChip chip = new(deployment.Device);
        (int tensor, int pipeline) = (deployment.Parallel.Tensor, deployment.Parallel.Pipeline);
        Machine = pipeline == 1 && tensor > LpuChip.NodeChips ? LpuPlacement.Within(model, chip, tensor) : new(model, chip, tensor, pipeline);
        _attention = new(model);
        KvCapacityBytes = SramCosts.KvBytes(model, Machine.KvTokens);
    }

    /// <summary>The chips and what lies on them; it prints their schedule.</summary>
    public LpuMachine Machine { get; }

    /// <inheritdoc/>
    public Deployment Deployment { get; }

    /// <inheritdoc/>
    public double KvCapacityBytes { get; }

    /// <inheritdoc/>
    public int Stages => Machine.Placement.Count;

    /// <inheritdoc/>
    public ErrorBand Error => LpuCalibration.Error;

    /// <summary>A step as the machine's schedule takes it.</summary>
    public SramStep Rows(in StepWork work) => _attention.Step(work);

    /// <inheritdoc/>
    public StepTime Step(in StepWork work)
    {
        SramStep rows = Rows(work);
        long all = Machine.Cycles(rows);
        (long matrix, long attention, long link, long other) = Machine.Work(rows);
        long waiting = Math.Max(0, all - matrix - attention - link - other);
        return new(all / LpuChip.Hertz, matrix / LpuChip.Hertz, attention / LpuChip.Hertz, other / LpuChip.Hertz, link / LpuChip.Hertz, waiting / LpuChip.Hertz);
    }

    /// <summary>All chips at the figure of the catalogue: units run to their schedule whether or not there is much to do, and nothing is published about less.</summary>
    public double Watts(in StepTime time) => SramCosts.Watts(Deployment.Device, Deployment.Parallel.Chips);
}
