using Millrace.Sampling;

namespace Millrace.Tests.Sampling;

public sealed class SamplingParametersTests
{
    public static TheoryData<string, SamplingParameters> Wrong
    {
        get
        {
            var data = new TheoryData<string, SamplingParameters>();
            foreach (float bad in (float[])[float.NaN, float.PositiveInfinity, float.NegativeInfinity, -3, 1e9f])
            {
                data.Add("Temperature", new() { Temperature = bad });
                data.Add("TopP", new() { TopP = bad });
                data.Add("MinP", new() { MinP = bad });
                data.Add("TypicalP", new() { TypicalP = bad });
                data.Add("RepetitionPenalty", new() { RepetitionPenalty = bad });
                data.Add("FrequencyPenalty", new() { FrequencyPenalty = bad });
                data.Add("PresencePenalty", new() { PresencePenalty = bad });
                data.Add("DryMultiplier", new() { DryMultiplier = bad });
                data.Add("DryBase", new() { DryBase = bad });
                data.Add("XtcProbability", new() { XtcProbability = bad });
                data.Add("XtcThreshold", new() { XtcThreshold = bad });
                data.Add("MirostatTau", new() { MirostatTau = bad });
                data.Add("MirostatEta", new() { MirostatEta = bad });
            }

            data.Add("TopK", new() { TopK = -1 });
            data.Add("PenaltyWindow", new() { PenaltyWindow = -2 });
            data.Add("DryAllowedLength", new() { DryAllowedLength = 0 });
            data.Add("DryWindow", new() { DryWindow = -2 });
            data.Add("LogitBias token", new() { LogitBias = new Dictionary<int, float> { [100] = 1 } });
            data.Add("LogitBias token", new() { LogitBias = new Dictionary<int, float> { [-1] = 1 } });
            data.Add("LogitBias", new() { LogitBias = new Dictionary<int, float> { [1] = float.NaN } });
            data.Add("DryBreakers length", new() { DryBreakers = [[]] });
            data.Add("DryBreakers token", new() { DryBreakers = [[1, 100]] });
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_out_of_range_is_named_with_its_range(string name, SamplingParameters parameters)
    {
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => parameters.Validate(100));
        Assert.Equal(name, error.ParamName);
        Assert.Contains("must be from", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_defaults_are_valid_and_change_nothing()
    {
        var parameters = new SamplingParameters();
        parameters.Validate(1);
        float[] logits = SamplerTests.Logits(100, 1);
        var candidates = new Candidates(100);
        new Sampler(parameters, 100).Sample(logits, [1, 2, 3, 1, 2, 3], candidates);
        Assert.Equal(logits, candidates.Logits.ToArray());
    }
}
