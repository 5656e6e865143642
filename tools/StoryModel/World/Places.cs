namespace Millrace.Tools.StoryModel.World;

/// <summary>All places.</summary>
static class Places
{
    internal static readonly Place[] Everywhere =
    [
        new("the forest", "in", ["the old oak", "the hollow log", "the mossy stone"], ["the tall trees", "the green ferns", "the red berries"]),
        new("the meadow", "in", ["the hay stack", "the lonely birch", "the flat rock"], ["the yellow flowers", "the white clouds", "the bees"]),
        new("the village", "in", ["the stone well", "the church door", "the little bakery"], ["the red roofs", "the crooked chimneys", "the small gardens"]),
        new("the town", "in", ["the clock tower", "the fountain", "the toy shop"], ["the bright windows", "the busy streets", "the street lamps"]),
        new("the garden", "in", ["the apple tree", "the wooden bench", "the rose bush"], ["the roses", "the bean rows", "the butterflies"]),
        new("the park", "in", ["the swings", "the big chestnut", "the bandstand"], ["the long paths", "the flower beds", "the pigeons"]),
        new("the mountains", "in", ["the big cliff", "the goat path", "the old pine"], ["the white peaks", "the deep valleys", "the eagles"]),
        new("the valley", "in", ["the stone bridge", "the three willows", "the round hill"], ["the green slopes", "the small streams", "the sheep"]),
        new("the jungle", "in", ["the banana tree", "the hanging vines", "the great root"], ["the bright birds", "the giant leaves", "the orange blossoms"]),
        new("the farm", "on", ["the red barn", "the hen house", "the wooden fence"], ["the corn fields", "the fat cows", "the hay bales"]),
        new("the hill", "on", ["the windmill", "the white gate", "the crooked tree"], ["the far fields", "the tiny houses", "the birds"]),
        new("the island", "on", ["the palm tree", "the lighthouse", "the round cave"], ["the blue waves", "the white gulls", "the shells"], Water: true),
        new("the beach", "on", ["the big dune", "the old boat", "the striped hut"], ["the foaming waves", "the pink shells", "the little crabs"], Water: true),
        new("the harbour", "at", ["the fish market", "the stone pier", "the anchor"], ["the tall ships", "the fishing nets", "the gulls"], Water: true),
        new("the lake", "by", ["the wooden jetty", "the weeping willow", "the reeds"], ["the silver ripples", "the water lilies", "the ducks"], Water: true),
        new("the river", "by", ["the old mill", "the wide bridge", "the stepping stones"], ["the round pebbles", "the quick fish", "the dragonflies"], Water: true),
        new("the castle", "at", ["the high wall", "the drawbridge", "the kitchen door"], ["the grey towers", "the long banners", "the white doves"]),
        new("the orchard", "in", ["the pear tree", "the long ladder", "the beehives"], ["the ripe apples", "the plum blossoms", "the starlings"]),
    ];

    /// <summary>Where it snows.</summary>
    internal static readonly Place[] WithWinter = [.. Everywhere.Where(place => place.Noun != "the jungle")];

    /// <summary>Where there is water deep enough to swim in.</summary>
    internal static readonly Place[] ByWater = [.. Everywhere.Where(place => place.Water)];
}
