using System.Text.Json;
using Millrace.Formats.Gguf;
using Millrace.Tokenization;
using Millrace.Tokenization.Templates;

namespace Millrace.Tests.Conformance;

/// <summary>A trained model, with its own chat template: SmolLM2 135M in Q4_1, its embedding in Q8_0.</summary>
public class RealModelTests(ITestOutputHelper output)
{
    const int Positions = 160;
    const int Continued = 64;

    const string Question = """
        I keep a small mill on a stream, and in dry summers the wheel stands still for weeks. A neighbour says that a pond
        above the mill, with a gate that I open in the morning, would let me grind for a few hours each day. How large must
        such a pond be if the wheel needs two hundred litres a second, and the stream brings only thirty? Please show how
        you get to the number, say what I have to measure before I dig, and name two mistakes that people often make with
        ponds of this kind. After that, tell me in three sentences what the law usually asks of somebody who wants to hold
        back the water of a stream that other people live by.
        """;

    static string Path => SharedData.Require("models", "SmolLM2-135M-Instruct.Q4_1.gguf");

    [Fact]
    public void Logits_of_a_chat_differ_from_the_peer_no_more_than_it_does_from_itself()
    {
        LlamaCppPeer.Require();
        int[] tokens = Chat()[..Positions];
        using LlamaCppModel theirs = new(Path);
        using LlamaCppContext context = new(theirs, Positions);
        float[][] batch = context.AllLogits(tokens);
        LogitComparison own = new(batch, context.AllLogits(tokens, chunk: 1));
        using MillraceModel ours = new(Path, context.Length);
        LogitComparison difference = new(batch, ours.AllLogits(tokens));
        string text = $"llama.cpp from itself {own}; from Millrace {difference}";
        output.WriteLine(text);
        Assert.True(difference.Median <= 2 * own.Median, text);
    }

    [Fact]
    public void Greedy_answer_to_a_chat_equals_the_peers_or_parts_at_a_near_tie()
    {
        LlamaCppPeer.Require();
        int[] prompt = Chat();
        using LlamaCppModel theirs = new(Path);
        using LlamaCppContext context = new(theirs, prompt.Length + Continued);
        using MillraceModel ours = new(Path, context.Length);
        (int[] expected, float[][] logits) = context.Greedy(prompt, Continued);
        int parted = expected.AsSpan().CommonPrefixLength(ours.Greedy(prompt, Continued));
        output.WriteLine($"{parted} of {Continued} tokens are equal");
        Assert.True(parted == Continued || LogitComparison.Lead(logits[parted]) < 0.3, $"parted at token {parted}");
    }

    [Fact]
    public void Perplexity_of_prose_is_within_half_a_percent_of_the_peers()
    {
        const int Chunk = 512;
        const int Chunks = 3;
        LlamaCppPeer.Require();
        using LlamaCppModel theirs = new(Path);
        using LlamaCppContext context = new(theirs, Chunk);
        using MillraceModel ours = new(Path, context.Length);
        int[] tokens = theirs.Tokenize(File.ReadAllBytes(SharedData.Require("data", "text", "wikitext-2-test.txt")).AsSpan(0, 16 * 1024), addSpecial: true, parseSpecial: false);
        (double Theirs, double Ours) surprise = default;
        for (int chunk = 0; chunk < Chunks; chunk++)
        {
            int[] part = tokens[(chunk * Chunk)..((chunk + 1) * Chunk)];
            surprise.Theirs += Surprise(context.AllLogits(part), part);
            surprise.Ours += Surprise(ours.AllLogits(part), part);
        }

        int counted = Chunks * (Chunk / 2 - 1);
        (double expected, double found) = (Math.Exp(surprise.Theirs / counted), Math.Exp(surprise.Ours / counted));
        output.WriteLine($"llama.cpp {expected:f4}, Millrace {found:f4}");
        Assert.InRange(found / expected, 0.995, 1.005);
    }

    static int[] Chat()
    {
        using GgufFile file = GgufFile.Open(Path);
        ChatFormat format = ChatFormat.Of(file, Tokenizer.FromModel(file))!;
        JsonElement messages = ChatTemplate.ToJson([("system", "You answer questions about water."), ("user", Question)]);
        return [.. format.Encode(messages, new DateTime(2026, 11, 24))];
    }

    // As llama-perplexity counts it: the second half of each chunk.
    static double Surprise(float[][] logits, int[] tokens)
    {
        double sum = 0;
        for (int i = tokens.Length / 2; i < tokens.Length - 1; i++)
        {
            double max = logits[i].Max();
            sum += max + Math.Log(logits[i].Sum(logit => Math.Exp(logit - max))) - logits[i][tokens[i + 1]];
        }

        return sum;
    }
}
