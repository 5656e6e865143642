namespace Millrace.Tools.StoryModel.Evaluating;

/// <summary>The fixed prompts: requests as the world makes them and otherwise, beginnings, and talk.</summary>
public static class StoryPrompts
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<StoryPrompt> All { get; } = [.. HeldOut(), .. Requests(), .. Beginnings(), .. Talk()];

    // Their plot, kind and place are never together in what is trained on.
    static IEnumerable<StoryPrompt> HeldOut() =>
    [
        new("Tell me a story about Mia, a rabbit on the farm who is afraid of the dark.", ["Mia", "rabbit", "farm"]),
        new("Tell me a short story about Frank, a goat on the beach who wants to find the end of the rainbow.", ["Frank", "goat", "beach"]),
        new("I would like a story about a pig named Greta at the harbour who is afraid of the dark.", ["Greta", "pig", "harbour"]),
        new("Tell me a story about a raccoon named Oscar in the forest who is afraid of thunder.", ["Oscar", "raccoon", "forest"]),
        new("Tell me a story about Sara, a fox at the castle who did not want to share her pancakes.", ["Sara", "fox", "castle"]),
        new("Write a story about a wizard named Noah near the old mill who planted a bean seed.", ["Noah", "wizard", "old mill"]),
        new("Please tell me a story about Bruno, a puppy who misses a friend who moved away in the mountains.", ["Bruno", "puppy", "mountains"]),
        new("Tell me a story about Hazel, a kitten who got lost in the fog in the town.", ["Hazel", "kitten", "town"]),
        new("Can you tell me a story about Ash, a hedgehog who found a fallen star at the castle?", ["Ash", "hedgehog", "castle"]),
        new("Tell me a story about Walter, a farmer in the valley who looked for a missing cherry cake.", ["Walter", "farmer", "valley"]),
        new("Tell me a little story about Luke, a mole who got lost in the fog in the mountains.", ["Luke", "mole", "mountains"]),
        new("I want a story about Elmo, a monkey who wants to touch the moon in the garden.", ["Elmo", "monkey", "garden"]),
        new("Tell me a story about Edgar, a troll at the harbour who is afraid of water.", ["Edgar", "troll", "harbour"]),
        new("Tell me a story about Basil, a kitten at the castle who broke his kite.", ["Basil", "kitten", "castle"]),
        new("Write a little story about Finn, a mouse at the castle who pulled Nina out of the ice.", ["Finn", "mouse", "castle"]),
    ];

    static IEnumerable<StoryPrompt> Requests() =>
    [
        new("Tell me a story about a fox who is afraid of the dark.", ["fox"]),
        new("Tell me a story about a brave little mouse.", ["mouse"]),
        new("Tell me a story about Lily the hedgehog.", ["Lily", "hedgehog"]),
        new("Tell me a story about a dragon in the mountains.", ["dragon", "mountains"]),
        new("Write a short story about a robot.", ["robot"]),
        new("Please tell me a story about a princess who lost her way home.", ["princess"]),
        new("I would like a story about an old miller.", ["miller"]),
        new("Tell me a story about Tom and a lost kite", ["Tom"]),
        new("tell me a story about a bear by the lake", ["bear", "lake"]),
        new("A story about a squirrel called Pip, please", ["squirrel", "Pip"]),
        new("Can you tell me a bedtime story about a kitten on the farm?", ["kitten", "farm"]),
        new("Make up a story about learning to swim and a lamb named Emma.", ["lamb", "Emma"]),
        new("Tell me a story about Zorro, an elephant in the jungle.", ["Zorro", "elephant", "jungle"]),
        new("Tell me a story about the first snow.", ["snow"]),
        new("Tell me a story set on the island.", ["island"]),
        new("Tell me a story.", []),
        new("Another story, please!", []),
    ];

    static IEnumerable<StoryPrompt> Beginnings() =>
    [
        new("Once upon a time", [], IsBeginning: true),
        new("Once upon a time, there was a shy badger named Nora.", ["Nora", "badger"], IsBeginning: true),
        new("Long ago, a lion named Leo lived in the valley.", ["Leo", "lion", "valley"], IsBeginning: true),
        new("In a cave in the forest lived Bella.", ["Bella", "forest"], IsBeginning: true),
        new("This is the story of Otto, a cheerful donkey who lived in the village. One night, Otto heard", ["Otto", "donkey", "village"], IsBeginning: true),
        new("Daisy the goat lived on the hill.", ["Daisy", "goat", "hill"], IsBeginning: true),
        new("Once upon a time", []),
        new("Once upon a time, there was a curious boy named Max. He lived by the river.", ["Max", "boy", "river"]),
        new("Do you know Ruby? Ruby is a kind fairy who lives in the park.", ["Ruby", "fairy", "park"]),
        new("There once was a baker called Henry.", ["Henry", "baker"]),
        new("Continue this story: On the beach, there lived a girl named Clara.", ["Clara", "girl", "beach"]),
        new("Once there was a lazy cat", ["cat"]),
    ];

    static IEnumerable<StoryPrompt> Talk() =>
    [
        new("Hello!", [], IsTalk: true),
        new("What is 3 plus 4?", ["7"], IsTalk: true),
        new("How much is 2 plus 6?", ["8"], IsTalk: true),
        new("What colour is the sky?", ["blue"], IsTalk: true),
        new("What colour is grass?", ["green"], IsTalk: true),
        new("What is the capital of France?", [], IsTalk: true),
    ];
}
