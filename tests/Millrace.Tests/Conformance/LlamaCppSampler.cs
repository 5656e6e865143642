namespace Millrace.Tests.Conformance;

/// <summary>A sampler of llama.cpp, applied to candidates as its chain would.</summary>
sealed unsafe class LlamaCppSampler : IDisposable
{
    static readonly LlamaCppApi Api = LlamaCpp.Load();
    readonly IntPtr _sampler;

    LlamaCppSampler(IntPtr sampler) => _sampler = sampler;

    public static LlamaCppSampler Greedy() => new(Api.Greedy());

    public static LlamaCppSampler TopK(int k) => new(Api.TopK(k));

    public static LlamaCppSampler TopP(float p, int keep = 1) => new(Api.TopP(p, (nuint)keep));

    public static LlamaCppSampler MinP(float p, int keep = 1) => new(Api.MinP(p, (nuint)keep));

    public static LlamaCppSampler Typical(float p, int keep = 1) => new(Api.Typical(p, (nuint)keep));

    public static LlamaCppSampler Temperature(float temperature) => new(Api.Temperature(temperature));

    public static LlamaCppSampler Xtc(float probability, float threshold, uint seed, int keep = 1) => new(Api.Xtc(probability, threshold, (nuint)keep, seed));

    public static LlamaCppSampler Mirostat2(uint seed, float tau, float eta) => new(Api.Mirostat2(seed, tau, eta));

    public static LlamaCppSampler Penalties(int vocabularySize, int lastN, float repeat, float frequency, float presence) => new(Api.Penalties(vocabularySize, lastN, repeat, frequency, presence));

    /// <summary>DRY over the last tokens (-1, all of them, is a matter of the programs, not of this function); the sequence breakers are texts that the model's vocabulary tokenizes.</summary>
    public static LlamaCppSampler Dry(LlamaCppModel model, float multiplier, float @base, int allowedLength, int lastN, params string[] breakers)
    {
        byte*[] texts = new byte*[breakers.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            texts[i] = (byte*)System.Runtime.InteropServices.Marshal.StringToCoTaskMemUTF8(breakers[i]);
        }

        fixed (byte** pointers = texts)
        {
            LlamaCppSampler sampler = new(Api.Dry(model.Vocabulary, multiplier, @base, allowedLength, lastN, pointers, (nuint)texts.Length));
            foreach (byte* text in texts)
            {
                System.Runtime.InteropServices.Marshal.FreeCoTaskMem((IntPtr)text);
            }

            return sampler;
        }
    }

    public static LlamaCppSampler LogitBias(int vocabularySize, params (int Token, float Bias)[] biases)
    {
        fixed ((int, float)* pairs = biases)
        {
            return new(Api.LogitBias(vocabularySize, biases.Length, pairs));
        }
    }

    /// <summary>Applies the sampler to candidates; returns those that remain, in its order, and the index it selected among them, or -1.</summary>
    public (LlamaTokenData[] Candidates, int Selected) Apply(ReadOnlySpan<LlamaTokenData> candidates)
    {
        LlamaTokenData[] copy = candidates.ToArray();
        fixed (LlamaTokenData* data = copy)
        {
            LlamaTokenDataArray array = new() { Data = data, Size = (nuint)copy.Length, Selected = -1 };
            Api.Apply(_sampler, &array);
            return (new ReadOnlySpan<LlamaTokenData>(array.Data, (int)array.Size).ToArray(), (int)array.Selected);
        }
    }

    /// <summary>The candidates of a row of logits, all probabilities 0.</summary>
    public static LlamaTokenData[] Candidates(ReadOnlySpan<float> logits)
    {
        LlamaTokenData[] candidates = new LlamaTokenData[logits.Length];
        for (int i = 0; i < candidates.Length; i++)
        {
            candidates[i] = new(i, logits[i], 0);
        }

        return candidates;
    }

    /// <summary>Tells the sampler which token was taken.</summary>
    public void Accept(int token) => Api.Accept(_sampler, token);

    public void Dispose() => Api.FreeSampler(_sampler);
}
