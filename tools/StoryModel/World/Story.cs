namespace Millrace.Tools.StoryModel.World;

/// <summary>
/// What is true in one story. Facts are drawn when they are first asked for and stay; the cost of each is charged
/// where it is first said, so that what a user has said is free afterwards.
/// </summary>
/// <remarks>
/// Slots: <c>name he him his himself kind trait home</c> of the main character; <c>friend friend.kind friend.he</c>
/// (and so on) of the second; <c>helper helper.he</c> ...; <c>place</c> ("the forest"), <c>in</c> ("in the forest"),
/// <c>spot</c> ("the old oak") and <c>sight</c> ("tall trees") of the place; and the plot's own variables, whose
/// fields, parted by '/', are <c>thing</c>, <c>thing.1</c>, <c>thing.2</c>.
/// </remarks>
sealed class Story
{
    const int MadeUpOneIn = 12;

    readonly StoryRandom _random;
    readonly Dictionary<string, Fact> _facts = [];

    Story(StoryRandom random, Plot plot, Kind kind, Place place, double[] costs)
    {
        (_random, Plot, Kind, Place) = (random, plot, kind, place);
        _facts["plot"] = new Fact([plot.Id], costs[0]);
        _facts["kind"] = new Fact([kind.Noun], costs[1]);
        _facts["place"] = new Fact([place.Noun], costs[2]);
    }

    sealed record Fact(string[] Fields, double Cost)
    {
        internal bool Said { get; set; }
    }

    internal Plot Plot { get; }
    internal Kind Kind { get; }
    internal Place Place { get; }

    /// <summary>Draws plot, kind and place until they belong to the split.</summary>
    internal static Story Draw(StoryRandom random, Split split)
    {
        while (true)
        {
            var plot = PlotBook.All[random.Next(PlotBook.All.Length)];
            var kind = plot.Kinds[random.Next(plot.Kinds.Length)];
            var place = plot.Places[random.Next(plot.Places.Length)];
            if (StoryWorld.SplitOf(plot.Id, kind.Noun, place.Noun) == split)
            {
                double[] costs = [Math.Log(PlotBook.All.Length), Math.Log(plot.Kinds.Length), Math.Log(plot.Places.Length)];
                return new Story(random, plot, kind, place, costs);
            }
        }
    }

    /// <summary>What a slot stands for, whether or not it is said: for facts and answers.</summary>
    internal string Look(string slot) => Find(slot, null);

    /// <summary>What a slot stands for, charged to the teller who is the first to say it.</summary>
    internal string Say(string slot, Teller teller) => Find(slot, teller);

    internal bool WasSaid(string slot) => _facts.TryGetValue(slot, out var fact) && fact.Said;

    internal StoryFacts Facts(StoryRandom random)
    {
        var trouble = new Teller(this, random);
        trouble.Tell("x " + Plot.Trouble);
        return new StoryFacts(Plot.Id, Look("name"), Kind.Noun, Look("he"), Place.Noun, trouble.Text[2..],
            Plot.HasFriend ? Look("friend") : "", Plot.HasHelper ? Look("helper") : "");
    }

    string Find(string slot, Teller? teller)
    {
        var dot = slot.IndexOf('.', StringComparison.Ordinal);
        var owner = dot < 0 ? slot : slot[..dot];
        var part = dot < 0 ? "" : slot[(dot + 1)..];
        switch (owner)
        {
            case "he" or "him" or "his" or "himself":
                return Pronoun(Use("gender", teller), owner);
            case "in":
                return $"{Place.Preposition} {Use("place", teller)}";
            case "home":
                return Kind.Home;
            case "friend" or "helper" when part is "he" or "him" or "his" or "himself":
                return Pronoun(Use(owner + ".gender", teller), part);
            case "friend" when part is "kind":
                return Use("friend.kind", teller);
            case "trouble":
                Use("plot", teller);
                return Plot.Trouble;
            case "topic":
                Use("plot", teller);
                return Plot.Topic;
            case "plot":
                Use("plot", teller);
                return "";
            default:
                var field = part.Length == 0 ? 0 : int.Parse(part, System.Globalization.CultureInfo.InvariantCulture);
                return Use(owner, teller, field);
        }
    }

    string Use(string key, Teller? teller, int field = 0)
    {
        if (key is "name" or "friend")
        {
            Use(key == "name" ? "gender" : "friend.gender", teller); // a name tells whether it is he or she
        }
        var fact = Get(key);
        if (teller is not null && !fact.Said)
        {
            fact.Said = true;
            teller.Charge(fact.Cost);
        }
        return fact.Fields[field];
    }

    Fact Get(string key)
    {
        if (!_facts.TryGetValue(key, out var fact))
        {
            _facts[key] = fact = Draw(key);
        }
        return fact;
    }

    Fact Draw(string key) => key switch
    {
        "gender" => Gender(Kind),
        "name" => Name(),
        "trait" => OneOf(Kind.Traits),
        "spot" => OneOf(Place.Spots),
        "sight" => OneOf(Place.Sights),
        "friend.kind" => OneOf(FriendKinds()),
        "friend.gender" => Gender(Kinds.ByNoun[Get("friend.kind").Fields[0]]),
        "friend" => OneOf(Names.Of(Get("friend.gender").Fields[0]), except: Get("name").Fields[0]),
        "helper" => OneOf(Kinds.Helpers.Where(helper => !helper.Contains(Kind.Noun, StringComparison.Ordinal)).ToArray()),
        "helper.gender" => new Fact([Get("helper").Fields[1]], 0),
        _ when Plot.Variables.TryGetValue(key, out var values) => OneOf(values),
        _ => throw new InvalidOperationException($"Plot '{Plot.Id}' uses the slot '{key}', which nothing defines."),
    };

    Fact Name()
    {
        if (_random.Next(MadeUpOneIn) == 0)
        {
            var (beginning, end) = (OneOf(Names.Beginnings), OneOf(Names.Ends));
            return new Fact([beginning.Fields[0] + end.Fields[0]], beginning.Cost + end.Cost + Math.Log(MadeUpOneIn));
        }
        var name = OneOf(Names.Of(Get("gender").Fields[0]));
        return name with { Cost = name.Cost - Math.Log(1 - (1.0 / MadeUpOneIn)) };
    }

    string[] FriendKinds() =>
        [.. Kinds.Friends.Where(kind => kind != Kind && kind.Noun != Kind.Noun).Select(kind => kind.Noun)];

    Fact Gender(Kind kind) => kind.Gender is { } gender ? new Fact([gender], 0) : OneOf(["he", "she"]);

    Fact OneOf(string[] values, string? except = null)
    {
        var allowed = except is not null && values.Contains(except) ? values.Length - 1 : values.Length;
        string value;
        do
        {
            value = values[_random.Next(values.Length)];
        }
        while (value == except);
        return new Fact(value.Split('/'), Math.Log(allowed));
    }

    static string Pronoun(string gender, string form) => gender == "he" ? form : form switch
    {
        "he" => "she",
        "him" => "her",
        "his" => "her",
        _ => "herself",
    };
}
