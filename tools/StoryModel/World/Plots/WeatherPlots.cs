namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Snow, rain, wind and sun.</summary>
static class WeatherPlots
{
    internal static readonly Plot[] All =
    [
        new("first-snow", "sees snow for the first time", "the first snow")
        {
            Places = World.Places.WithWinter,
            HasFriend = true,
            Variables = new()
            {
                ["look"] = ["feathers", "sugar", "tiny stars", "white flowers", "flour"],
                ["nose"] = ["carrot", "pine cone", "red pepper", "walnut"],
                ["hat"] = ["bucket", "saucepan", "flower pot", "basket"],
            },
            Acts =
            [
                "One morning, <name> {looked out|opened the door} and could not believe <his> eyes. {Everything was white|All the colours were gone}. {Something like <look> fell from the sky|The air was full of <look>}. ",
                "<He> {ran|went} to <friend>, a <friend.kind> who was older than <him>. \"{The sky is falling down|Somebody has spilled <look> everywhere|Come quickly}!\" {cried|said} <name>. ",
                "<Friend> {laughed|smiled}. \"That is snow,\" <friend.he> said. \"{Put out your tongue|Catch some|Just touch it}.\" <Name> did so. It was {cold and wet|soft and cold}, and then it was gone! ",
                "They {rolled|made} three big balls and built a snowman near <spot>. It got a <nose> for a nose and a <hat> for a hat. [It looked out over <sight> like a king. ]",
                "{When their hands were too cold|When it was getting dark}, they went {inside|home} and drank {hot cocoa|hot tea|hot milk}. \"{Will it be there tomorrow?|Does it stay for ever?}\" asked <name>. \"{Not for ever|Only until spring},\" said <friend>, \"{but it will come back|so we must play every day}.\" ",
                "{Before <he> went to bed|Late in the evening}, <name> waved to the snowman. {It almost looked as if it waved back|The <hat> shone in the moonlight|New snow was falling on the <hat>}. ",
            ],
            End = "{<Name> and <friend> built a snowman.|In the end, there was a snowman with a <hat> for a hat.}",
            Questions =
            [
                ("{What did <name> see?|What was new for <name>?}", "<Name> saw snow for the first time."),
                ("{What did they build?|What did they make?}", "They built a snowman."),
                ("{What was the nose of the snowman?|What nose did the snowman have?}", "It had a <nose> for a nose."),
                ("{Who explained the snow?|Who was with <name>?}", "<Friend> the <friend.kind> was with <him>."),
            ],
        },
        new("flood", "warned everybody of a flood", "a flood")
        {
            Kinds = World.Kinds.Everyone,
            Variables = new()
            {
                ["alarm"] = ["rang the big bell", "beat on a pot", "blew a horn", "shouted at every door"],
                ["deep"] = ["the cows", "the baby carriages", "the hens", "the old people", "the sheep"],
                ["days"] = ["two", "three", "four", "five"],
            },
            Acts =
            [
                "It had rained for <days> days. {Drip, drop, it never stopped|The ground was full of water}. {<Name> could not sleep|That night, <name> was still awake} and went out to {look at the water|see how high the water was}. ",
                "The water was {rising|climbing} fast. It had already reached <spot>. {Everybody else was asleep|There was no light in any window}. \"{I must wake them|There is no time to lose},\" <name> thought. ",
                "<He> ran as fast as <he> could and <alarm>. \"{Wake up|Get up}! The water is coming! {Go up the hill|Up, up, to the high ground}!\" <he> {called|cried}. ",
                "{Doors opened|Lamps were lit}. {Everybody helped|Many hands helped}. <Name> brought <deep> to a safe place, and then went back {twice|once more} to see if anyone was left behind. ",
                "In the morning, {there was water everywhere|everything was a big lake}, {but nobody was hurt|but all were safe and dry}. After <days> days, {the water went down|the sun came out}, and they {cleaned up together|washed the mud from the floors}. ",
                "\"{Without you, we would have slept on|You saved us all|We have you to thank},\" they said to <name>. {<He> got a medal made of wood|There was a big cake for <him>|They all clapped}. ",
            ],
            End = "{<Name> warned them all, and nobody was hurt.|All were safe because <name> had warned them.}",
            Questions =
            [
                ("{How did <name> warn the others?|How did <he> wake them?}", "<He> <alarm>."),
                ("{Whom did <name> save?|What did <name> bring to a safe place?}", "<Name> brought <deep> to a safe place."),
                ("{How long did it rain?|How many days did it rain?}", "It rained for <days> days."),
            ],
        },
        new("rainbow", "wants to find the end of the rainbow", "the end of the rainbow")
        {
            HasFriend = true,
            Variables = new() { ["treasure"] = ["a pot of gold", "a box of jewels", "a golden crown", "a bag of coins"] },
            Acts =
            [
                "<@day>, after a {short|warm|heavy} rain, a rainbow stood over <sight>. \"At its end there is <treasure>,\" said <name>, who had heard it from <his> grandfather. \"{Let us go and find it|I will bring it home}!\" ",
                "<Friend> the <friend.kind> came along. They {walked and walked|ran|climbed and jumped}, {past <spot>|through puddles and wet grass}. But {the rainbow moved away as they came|each time they came near, it was farther off}. ",
                "{At last, it grew pale|Slowly, the colours went away}, and then it was gone. <Name> {sat down on a stone|kicked a pebble}. \"All that way for nothing,\" <he> said. ",
                "\"{But look where we are|Not for nothing},\" said <friend>. {Before them lay a small valley|They stood in a place where they had never been}, full of {wild strawberries|blue flowers|ripe blackberries}, and {drops shone on every leaf|a little stream ran through it}. ",
                "They {stayed all afternoon|ate until they were full|lay in the grass and looked up}. {\"Nobody knows this place but us,\" said <friend>|<Friend> gave it a name: Rainbow's End}. ",
                "{On the way back, <name> laughed|<Name> smiled at <friend>}. \"{The rainbow did lead us to a treasure|I would not change this day for <treasure>},\" <he> said. ",
            ],
            End = "{They did not find <treasure>, but they found a beautiful place.|<Name> and <friend> found a beautiful new place.}",
            Questions =
            [
                ("{What did <name> look for?|What did <name> want to find?}", "<He> looked for the end of the rainbow{ and <treasure>|}."),
                ("{Who came along?|Who went with <name>?}", "<Friend> the <friend.kind> went with <him>."),
                ("{Did they find <treasure>?|Did <name> find <treasure>?}", "No, but they found a beautiful place."),
            ],
        },
        new("dry-well", "looked for water in a dry summer", "a dry summer")
        {
            Kinds = World.Kinds.Everyone,
            HasHelper = true,
            Variables = new()
            {
                ["plant"] = ["beans", "pumpkins", "sunflowers", "carrots", "tomatoes"],
                ["sign"] = ["a green patch of moss", "a frog that jumped out of a crack", "a line of ants with wet feet", "a fern that was still fresh"],
            },
            Acts =
            [
                "It was the hottest summer of all. {It had not rained for weeks|The sun burned every day}, and the <plant> of <name> {hung their heads|were nearly dry}. {Even the well was empty|There was only dust in the bucket}. ",
                "\"{Without water, they will die|We need water soon},\" said <name>. {<He> took a spade|<He> put a spade on <his> shoulder} and went to look for {a spring|some water}. ",
                "<He> dug {in one place and found stones|one hole, and another}. <He> dug near <spot> and found {only sand|an old boot}. {<His> hands hurt|The sun was hot on <his> back}. ",
                "A <helper> {sat in the shade|looked on}. \"{Do not dig everywhere|Use your eyes before your spade},\" said the <helper>. \"{Small things know where the water is|Look for what is green}.\" ",
                "So <name> {looked closely|went slowly and looked}, and there was <sign>. {<He> dug right there|There <he> dug}. {First the ground was damp|Soon the earth turned dark}, and then {clear, cold water|a thin silver stream} came up! ",
                "Everybody came with {buckets|jugs and pots}. {The <plant> stood up again|By the next morning, the <plant> had lifted their heads}, and {nobody was thirsty any more|there was enough for all}. ",
            ],
            End = "{<Name> found water, and the <plant> were saved.|In the end, there was water for everyone.}",
            Questions =
            [
                ("{What did <name> look for?|What did <name> need?}", "<Name> looked for water."),
                ("{What did <name> grow?|What was nearly dry?}", "<Name> grew <plant>."),
                ("{How did <he> find the water?|What showed <him> where the water was?}", "<He> saw <sign>."),
                ("{Who helped <name>?|Who gave <him> advice?}", "A <helper> helped <him>."),
            ],
        },
        new("fog", "got lost in the fog", "a day of thick fog")
        {
            HasFriend = true,
            Variables = new()
            {
                ["errand"] = ["fetch milk/milk", "buy bread/bread", "bring a letter to <his> aunt/letter", "fetch eggs/eggs"],
                ["sound"] = ["rang a little bell", "whistled a tune", "sang an old song", "knocked two sticks together"],
            },
            Acts =
            [
                "<@day>, <name> was sent to <errand>. On the way, {a thick fog came|the fog came down}. {It was like walking in milk|Soon <he> could not see <his> own feet}. ",
                "{<Name> stood still|<He> reached out with both hands}. {Where was <spot>?|Left or right?} {It was so quiet|Every sound was far away}. \"{Hello|Is anybody there}?\" <he> called. ",
                "\"{Hello|Here I am}!\" called a voice. \"I am <friend>. {I am lost too|I cannot see a thing}!\" \"{Stay where you are|Do not move},\" said <name>. \"I will make some noise, and you come to me.\" ",
                "<Name> <sound> again and again. {Nearer and nearer came the steps|Slowly, somebody came closer}, and out of the white came a {small|wet} <friend.kind>. {They were so glad that they hugged|They held hands at once}. ",
                "\"{Two are not half as lost as one|Now we are not alone},\" said <friend>. Hand in hand, they {followed the wall|followed the fence}, step by step. [Once, <friend> fell over a bucket, and they both giggled. ]",
                "{Then a wind came up, and the fog was gone|At noon, the sun came through}. {They were standing right at the door|They had been close to home all the time}! And <name> did not forget to <errand>. ",
            ],
            End = "{<Name> and <friend> found the way together.|The fog went away, and both were safe.}",
            Questions =
            [
                ("{Whom did <name> meet?|Who else was lost?}", "<Name> met <friend>, a <friend.kind>."),
                ("{How did <friend> find <name>?|What did <name> do in the fog?}", "<Name> <sound>."),
                ("{Why could <name> not see?|Why did they get lost?}", "There was a thick fog."),
            ],
        },
        new("ice", "pulled <friend> out of the ice", "thin ice")
        {
            Places = World.Places.WithWinter,
            HasFriend = true,
            Variables = new() { ["tool"] = ["a long branch", "a ladder", "<his> scarf", "a rope", "a sledge"] },
            Acts =
            [
                "It was a {hard|cold|white} winter, and the pond near <spot> was frozen. {\"Wait, the ice is still thin,\" said <name>|<Name> threw a stone on the ice and heard it crack}. ",
                "But <friend>, a {wild|bold|young} <friend.kind>, {only laughed|did not listen}. \"{Watch me|You are a coward|I am as light as a feather}!\" cried <friend> and slid to the middle. ",
                "Crack! {The ice broke|There was a hole}, and <friend> fell into the cold water. \"Help!\" {<friend.he> cried|cried <friend>}. {There was no time to fetch anyone|Nobody else was near}. ",
                "<Name> {thought fast|stayed calm}. <He> lay down flat on <his> tummy and pushed <tool> over the ice. \"{Hold on tight|Take hold of it}!\" <he> {called|said}. ",
                "{Then <he> pulled and pulled|<He> pulled with all <his> strength}, and out came <friend>, {wet and shaking|blue with cold}. <Name> {put <his> own coat around <friend.him>|rubbed <friend.his> hands} and brought <friend.him> to the warm stove. ",
                "\"{You were right|I should have listened|You are no coward},\" said <friend> {in a small voice|with hot tea in both hands}. {They went on the ice together later that winter, when it was thick|Since then, <friend> always asks <name> first}. ",
            ],
            End = "{<Name> saved <friend> from the cold water.|<Name> pulled <friend> out with <tool>.}",
            Questions =
            [
                ("{Who fell into the water?|Whom did <name> save?}", "<Friend> the <friend.kind> fell into the water."),
                ("{How did <name> save <friend>?|What did <name> use?}", "<Name> used <tool>."),
                ("{Why did the ice break?|Why was it dangerous?}", "The ice was too thin."),
            ],
        },
    ];
}
