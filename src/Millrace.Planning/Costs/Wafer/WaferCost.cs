using Millrace.Planning.Costs.Sram;
using Millrace.Planning.Models;

namespace Millrace.Planning.Costs.Wafer;

/// <summary>Steps of a model on as many wafers as <see cref="Parallelism.Chips"/> says. An engine named after a month, "2024-08", prices the software of that month.</summary>
public sealed class WaferCost : ICostModel
{
    readonly AttentionLayers _attention;

    /// <summary>Places the model.</summary>
    /// <param name="deployment">Its model must have a plan.</param>
    /// <exception cref="PlanningException">It has none, or the device lacks a figure.</exception>
    public WaferCost(Deployment deployment)
    {
        Deployment = deployment;
        PlannedModel model = SramCosts.Planned(deployment);
        SramCosts.CheckDomain(deployment);
        DateOnly? day = DateOnly.TryParseExact(deployment.Engine, "yyyy-MM", out DateOnly month) ? month : null;
        Machine = new(model, new WaferChip(deployment.Device), deployment.Parallel.Chips, WaferSoftware.For(model, day));
        _attention = new(model);
        KvCapacityBytes = SramCosts.KvBytes(model, Machine.KvTokens);
    }

    /// <summary>The wafers and what lies on them.</summary>
    public WaferMachine Machine { get; }

    /// <inheritdoc/>
    public Deployment Deployment { get; }

    /// <inheritdoc/>
    public double KvCapacityBytes { get; }

    /// <summary>Every layer has cores of its own, so each can work on another token.</summary>
    public int Stages => Machine.Pieces.Count;

    /// <inheritdoc/>
    public ErrorBand Error => WaferCalibration.Error;

    /// <inheritdoc/>
    public StepTime Step(in StepWork work)
    {
        SramStep rows = _attention.Step(work);
        double seconds = Machine.Seconds(rows);
        (double matrix, double attention, double fabric, double link) = Machine.Dataflow(rows.InRounds(WaferMachine.MostRows).Rows);
        double part = rows.Tokens == rows.Sequences ? 1 / Machine.Software.TokensPerStep : 1;
        double dataflow = matrix + attention + fabric + link;
        return new(seconds, part * matrix, part * attention, 0, part * (fabric + link), Math.Max(0, seconds - part * dataflow));
    }

    /// <summary>All wafers at the figure of the catalogue: nothing is published about less.</summary>
    public double Watts(in StepTime time) => SramCosts.Watts(Deployment.Device, Deployment.Parallel.Chips);
}
