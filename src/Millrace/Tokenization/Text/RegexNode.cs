namespace Millrace.Tokenization.Text;

enum Greed
{
    Greedy,
    Lazy,
    Possessive,
}

enum Anchor
{
    LineStart,
    LineEnd,
    TextStart,
    TextEnd,
    TextEndOrLastNewline,
    WordBoundary,
    NotWordBoundary,
}

/// <summary>The syntax tree of a regular expression.</summary>
abstract record RegexNode
{
    /// <summary>Whether it can match without consuming anything.</summary>
    public abstract bool Nullable { get; }

    /// <summary>The code points that a match which consumes something can begin with.</summary>
    public abstract CodePointSet First { get; }

    /// <summary>The number of code points of every match, or -1 where matches differ.</summary>
    public abstract int Width { get; }
}

sealed record SetNode(CodePointSet Set) : RegexNode
{
    public override bool Nullable => false;

    public override CodePointSet First => Set;

    public override int Width => 1;
}

sealed record SequenceNode(IReadOnlyList<RegexNode> Items) : RegexNode
{
    public override bool Nullable { get; } = Items.All(item => item.Nullable);

    public override CodePointSet First { get; } = FirstOf(Items);

    public override int Width { get; } = Items.Any(item => item.Width < 0) ? -1 : Items.Sum(item => item.Width);

    static CodePointSet FirstOf(IReadOnlyList<RegexNode> items)
    {
        CodePointSet first = CodePointSet.Empty;
        foreach (RegexNode item in items)
        {
            first |= item.First;
            if (!item.Nullable)
            {
                break;
            }
        }

        return first;
    }
}

sealed record AlternationNode(IReadOnlyList<RegexNode> Items) : RegexNode
{
    public override bool Nullable { get; } = Items.Any(item => item.Nullable);

    public override CodePointSet First { get; } = Items.Aggregate(CodePointSet.Empty, (set, item) => set | item.First);

    public override int Width { get; } = Items.All(item => item.Width == Items[0].Width) ? Items[0].Width : -1;
}

sealed record RepeatNode(RegexNode Item, int Min, int Max, Greed Greed) : RegexNode
{
    public const int Unbounded = int.MaxValue;

    public override bool Nullable { get; } = Min == 0 || Item.Nullable;

    public override CodePointSet First => Item.First;

    public override int Width { get; } = Min == Max && Item.Width >= 0 && (long)Item.Width * Min <= ushort.MaxValue ? Item.Width * Min : -1;
}

sealed record AtomicNode(RegexNode Item) : RegexNode
{
    public override bool Nullable => Item.Nullable;

    public override CodePointSet First => Item.First;

    public override int Width => Item.Width;
}

/// <summary>A look ahead, or behind where the item has one width.</summary>
sealed record LookNode(RegexNode Item, bool Behind, bool Negative) : RegexNode
{
    public override bool Nullable => true;

    public override CodePointSet First => CodePointSet.Empty;

    public override int Width => 0;
}

sealed record AnchorNode(Anchor Anchor) : RegexNode
{
    public override bool Nullable => true;

    public override CodePointSet First => CodePointSet.Empty;

    public override int Width => 0;
}
