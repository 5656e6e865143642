namespace Millrace.Tests.Conformance;

/// <summary>The repository's models in llama.cpp.</summary>
public class StoryModelTests(ITestOutputHelper output)
{
    const string Conversation =
        "<|user|>Tell me a story about Lily the hedgehog.<|end|><|assistant|>Lily was a small hedgehog. She lived in the meadow. "
        + "One day, Lily lost her ball. She looked under her bed and behind the door, but there was no ball. An old owl saw her crying. "
        + "\"Dry your tears,\" said the old owl. \"We will look for it together.\" They searched all morning. They looked near the flat rock. "
        + "Then they went to the hay stack, and there, high up on a branch, was the ball! Lily hugged the old owl and laughed.<|end|>"
        + "<|user|>Who helped Lily?<|end|><|assistant|>The old owl helped her.<|end|><|user|>Where does she live?<|end|><|assistant|>";

    const int Continued = 64;

    [Theory]
    [InlineData("story")]
    [InlineData("story-draft")]
    public void Logits_differ_from_the_peer_no_more_than_it_does_from_itself(string name)
    {
        LlamaCppPeer.Require();
        using LlamaCppModel theirs = new(PathOf(name));
        int[] tokens = theirs.Tokenize(System.Text.Encoding.UTF8.GetBytes(Conversation), addSpecial: true, parseSpecial: true);
        Assert.Equal(Millrace.Tokenization.Tokenizer.Open(PathOf(name)).Encode(Conversation, parseSpecial: true), tokens);
        using LlamaCppContext context = new(theirs, tokens.Length + Continued);
        float[][] batch = context.AllLogits(tokens);
        LogitComparison own = new(batch, context.AllLogits(tokens, chunk: 1));
        using MillraceModel ours = new(PathOf(name), context.Length);
        LogitComparison difference = new(batch, ours.AllLogits(tokens));
        string text = $"llama.cpp from itself {own}; from Millrace {difference}";
        output.WriteLine(text);
        Assert.True(difference.Median <= 2 * own.Median, text);
    }

    [Theory]
    [InlineData("story")]
    [InlineData("story-draft")]
    public void Greedy_story_equals_the_peers_or_parts_at_a_near_tie(string name)
    {
        LlamaCppPeer.Require();
        using LlamaCppModel theirs = new(PathOf(name));
        int[] prompt = theirs.Tokenize(System.Text.Encoding.UTF8.GetBytes(Conversation), addSpecial: true, parseSpecial: true);
        using LlamaCppContext context = new(theirs, prompt.Length + Continued);
        using MillraceModel ours = new(PathOf(name), context.Length);
        (int[] expected, float[][] logits) = context.Greedy(prompt, Continued);
        int parted = expected.AsSpan().CommonPrefixLength(ours.Greedy(prompt, Continued));
        output.WriteLine($"{parted} of {Continued} tokens are equal");
        Assert.True(parted == Continued || LogitComparison.Lead(logits[parted]) < 0.3, $"parted at token {parted}");
    }

    static string PathOf(string name) => Path.Combine(Repository.Root, "models", name + ".gguf");
}
