namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Things and ways that are lost, and found.</summary>
internal static class LossPlots
{
    internal static readonly Plot[] All =
    [
        new("lost-thing", "lost <his> <thing>", "a lost <thing>")
        {
            HasHelper = true,
            Variables = new()
            {
                ["thing"] = ["kite/high in a tree", "ball/in a bush", "red hat/on a branch", "silver key/in the mud", "blue scarf/on a fence"],
            },
            Acts =
            [
                "<Name> had a <thing> that <he> {loved very much|liked more than anything}. ",
                "<@day>, <he> could not find it. <He> looked {under <his> bed|behind the door}, but the <thing> was gone. ",
                "A <helper> saw <him> crying. \"{Do not cry|Dry your tears},\" said the <helper>. \"We will look for it together.\" ",
                "They {searched|looked} near <spot>, and there, <thing.1>, was the <thing>! ",
                "<Name> {hugged|thanked} the <helper> and laughed. ",
            ],
            End = "<Name> found the <thing> <thing.1> and was happy.",
            Questions =
            [
                ("What did <name> lose?", "<Name> lost <his> <thing>."),
                ("Where was the <thing>?", "The <thing> was <thing.1>."),
            ],
        },
    ];
}
