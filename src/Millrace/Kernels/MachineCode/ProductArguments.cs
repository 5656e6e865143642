using System.Runtime.InteropServices;

namespace Millrace.Kernels.MachineCode;

/// <summary>What the code of <see cref="ProductCode{TFormat}"/> is called with.</summary>
[StructLayout(LayoutKind.Explicit, Size = 104)]
unsafe struct ProductArguments
{
    public const int CodesAt = 0, ScalesAt = 8, XAt = 16, StrideAt = 24, WordsAt = 32, FactorsAt = 40, TotalsAt = 48;
    public const int ConstantsAt = 56, ResultsAt = 64, SpansAt = 72, StepsAt = 80;
    public const int ResultStrideAt = 88, PanelAt = 96;

    /// <summary>The first span of a panel: codes, and then scales.</summary>
    [FieldOffset(CodesAt)]
    public byte* Codes;

    /// <summary>How far into a span its scales begin.</summary>
    [FieldOffset(ScalesAt)]
    public nint Scales;

    /// <summary>Numbers of the first token, signed bytes.</summary>
    [FieldOffset(XAt)]
    public byte* X;

    /// <summary>Bytes from one token's record to the next one's.</summary>
    [FieldOffset(StrideAt)]
    public nint Stride;

    /// <summary>The first token's <see cref="ActivationLayout.Words16"/> or <see cref="ActivationLayout.Words32"/>.</summary>
    [FieldOffset(WordsAt)]
    public byte* Words;

    /// <summary>The first token's scales.</summary>
    [FieldOffset(FactorsAt)]
    public byte* Factors;

    /// <summary>For minima: the first token's sums.</summary>
    [FieldOffset(TotalsAt)]
    public byte* Totals;

    /// <summary>[<see cref="LaneConstants.Most"/>] times 16 bytes.</summary>
    [FieldOffset(ConstantsAt)]
    public byte* Constants;

    /// <summary>16 rows of the first token, floats to which the columns are added.</summary>
    [FieldOffset(ResultsAt)]
    public float* Results;

    /// <summary>How many spans, at least one.</summary>
    [FieldOffset(SpansAt)]
    public nint Spans;

    /// <summary>How many times the columns under one float scale, or 32, make a span.</summary>
    [FieldOffset(StepsAt)]
    public nint Steps;

    /// <summary>Bytes from one token's results to the next one's.</summary>
    [FieldOffset(ResultStrideAt)]
    public nint ResultStride;

    /// <summary>Bytes from the panel to the next one, where two share what is read of the tokens.</summary>
    [FieldOffset(PanelAt)]
    public nint Panel;
}
