namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Fears, and how they grow small.</summary>
static class FearPlots
{
    internal static readonly Plot[] All =
    [
        new("dark", "is afraid of the dark", "being afraid of the dark")
        {
            HasHelper = true,
            Variables = new()
            {
                ["light"] = ["a jar of fireflies", "a small lantern", "a candle in a glass", "a bright star above the roof", "the round moon"],
                ["shape"] = ["a coat on a hook", "a chair with a shirt on it", "a broom in the corner", "a curtain in the wind"],
            },
            Acts =
            [
                "<Name> was not afraid of {wind or rain|bees or bulls|anything by day}, but <he> was afraid of the dark. {Every evening, <he> hid under the blanket|When the sun went down, <his> knees shook}. ",
                "One night, <he> saw {something tall and black|a dark shape|a strange shadow} in <his> <home>. \"{Help|Who is there|Go away}!\" {cried|whispered} <name>. ",
                "A <helper> {heard <him>|was passing by|knocked at the door}. \"{Let us look at it together|Come, take my hand|Fear gets smaller when you look at it},\" said the <helper>, and showed <him> <light>. ",
                "In the soft light, <name> {looked again|opened one eye|stepped closer}. The {monster|shape|shadow} was only <shape>! <Name> {began to laugh|had to giggle|let out a long breath}. ",
                "\"The dark is {only the day with its eyes closed|just a blanket for the world|the place where stars live},\" said the <helper>. [They sat for a while and listened to the {crickets|quiet}. ]",
                "{From then on|Since that night|After that}, <name> {said good night to the dark|was not afraid any more|thought of <light> when the night came}. ",
            ],
            End = "{<Name> was not afraid of the dark any more.|In the end, <name> learned that the dark is not bad.}",
            Questions =
            [
                ("{What was <name> afraid of?|Why was <he> afraid?|What scared <name>?}", "<Name> was afraid of the dark."),
                ("{Who helped <name>?|Who helped <him>?}", "A <helper> helped <him>."),
                ("{What was the shadow?|What was the shape really?}", "It was only <shape>."),
            ],
        },
        new("thunder", "is afraid of thunder", "a big storm")
        {
            HasFriend = true,
            Variables = new()
            {
                ["game"] = ["counted the seconds between flash and bang", "sang as loud as they could", "told each other funny stories", "beat on pots and pans like thunder"],
                ["shelter"] = ["under the table", "behind the stove", "under a thick blanket", "in a big barrel"],
            },
            Acts =
            [
                "<@day>, {black|heavy|dark} clouds came over <place>. The wind {howled|shook the doors}, and then came the thunder. Boom! ",
                "<Name> {did not like thunder at all|was very afraid of thunder}. <He> {ran home|covered <his> ears} and hid <shelter>. ",
                "But somebody was there already. It was <friend>, a {wet|small|frightened} <friend.kind>. \"{Are you afraid too?|May I stay here?|Is it over?}\" asked <friend>. ",
                "{<Name> felt sorry for <friend>|Now <name> wanted to be brave for two}. \"{I have an idea|Let us do something},\" <he> said. So they <game>. ",
                "{The thunder rolled|Boom, went the sky}, but {they hardly heard it|it did not sound so bad any more|they only laughed}. [The rain drummed on the roof. ]",
                "{At last|After an hour|Little by little}, the storm {went away|grew quiet}, and {the sun came out|a rainbow stood over <sight>|drops shone everywhere}. \"{We did it|That was almost fun|Will you come to the next storm?}\" said <friend>. ",
            ],
            End = "{The storm went away, and <name> was not afraid any more.|<Name> and <friend> were brave together until the storm was over.}",
            Questions =
            [
                ("{What was <name> afraid of?|Why did <name> hide?}", "<He> was afraid of the thunder."),
                ("{Where did <name> hide?|Where did <he> hide?}", "<He> hid <shelter>."),
                ("{Who else was there?|Whom did <name> meet?}", "<Friend> the <friend.kind> was there."),
                ("{What did they do?|What did they do in the storm?}", "They <game>."),
            ],
        },
        new("swim", "is afraid of water", "learning to swim")
        {
            Places = World.Places.ByWater,
            HasHelper = true,
            Variables = new()
            {
                ["fun"] = ["jumped in with a big splash", "played with the waves", "looked for shells", "dived after stones"],
                ["float"] = ["a wooden board", "two empty bottles", "a round log", "a big cork ring"],
                ["days"] = ["three", "four", "five", "seven"],
            },
            Acts =
            [
                "In summer, all the others <fun>. Only <name> {stayed on the shore|stood at the edge|watched from the grass}. <He> could not swim, and the water {looked deep|was so cold|made <him> afraid}. ",
                "\"{Why do you not come in?|Do you not like water?}\" asked a <helper>. \"I {am afraid that I will sink|do not dare},\" said <name>. ",
                "\"{Then we will start small|Every swimmer was afraid once|One toe first},\" said the <helper>. [First, <name> put in one foot. Then <he> went in up to <his> knees. ]The next day, <he> held on to <float> and kicked{ with both legs| like a frog|}. ",
                "{<He> swallowed some water|Water got in <his> nose|Once <he> slipped}, but <he> {tried again|did not give up}. The <helper> was always {near|there}. ",
                "After <days> days, {<name> let go|the <helper> took <float> away}. \"{I am swimming|Look at me|It carries me}!\" {cried|shouted} <name>. ",
                "<He> swam all the way to <spot>, and {everybody clapped|the others cheered|the <helper> was proud of <him>}. ",
            ],
            End = "{<Name> learned to swim.|In the end, <name> swam all the way to <spot>.}",
            Questions =
            [
                ("{What was <name> afraid of?|Why did <he> not go in?}", "<Name> was afraid of the water."),
                ("{Who taught <name> to swim?|Who helped <him>?}", "A <helper> taught <him> to swim."),
                ("{What did <he> hold on to?|What helped <him> to float?}", "<He> held on to <float>."),
                ("{How long did it take?|How many days did it take?}", "It took <days> days."),
            ],
        },
        new("high", "is afraid of high places", "being afraid of high places")
        {
            HasFriend = true,
            Variables = new() { ["ladder"] = ["ladder", "rope ladder", "flight of steps", "steep path"] },
            Acts =
            [
                "<Name> liked to keep <his> feet on the ground. {High places made <him> dizzy|When <he> looked down from a wall, <his> head turned}. ",
                "<@day>, <he> heard a cry. \"{Help, I am stuck|I cannot get down|Somebody help me}!\" It was <friend>, a young <friend.kind>, {on top of <spot>|high above the ground}. ",
                "{There was nobody else to help|All the others were away}. <Name> looked at the <ladder>. {<His> heart beat fast|<His> legs felt like jelly|<His> mouth was dry}. ",
                "\"{Do not look down|One step at a time|I can do this},\" <he> told <himself>. {Step by step|Slowly|With shaking legs}, <he> went up. ",
                "At the top, <he> {took <friend>'s hand|put an arm around <friend>}. \"{We will go down together|Hold on to me},\" said <name>. Before they went, they {looked out over <sight>|saw all of <place> below}. {It was beautiful|What a view it was}! ",
                "{When they were down again|Back on the ground}, <friend> {hugged <him>|said thank you again and again}. \"{You are the bravest one I know|Were you not afraid?}\" said <friend>. \"{I was|A little},\" said <name>, \"but {you needed me|I wanted to help you more}.\" ",
            ],
            End = "{<Name> climbed up and brought <friend> down.|<Name> was brave and saved <friend>.}",
            Questions =
            [
                ("{What was <name> afraid of?|Why was it hard for <name>?}", "<Name> was afraid of high places."),
                ("{Who was stuck?|Who needed help?|Whom did <name> help?}", "<Friend> the <friend.kind> was stuck."),
                ("{What did <he> climb?|How did <he> get up?}", "<He> climbed the <ladder>."),
            ],
        },
        new("noise", "heard a strange noise at night", "a strange noise at night")
        {
            Kinds = World.Kinds.Everyone,
            Variables = new()
            {
                ["noise"] =
                [
                    "Scratch, scratch/a hedgehog/looking for its supper", "Tap, tap, tap/a branch/knocking on the window",
                    "Drip, drop/a leaking pot/losing its water", "Whoo, whoo/a bottle/singing in the wind",
                    "Rattle, rattle/a mouse/rolling a nut", "Snore, snore/a cat/sleeping in the wood box",
                ],
                ["armed"] = ["a broom", "a wooden spoon", "a pillow", "an umbrella", "a frying pan"],
            },
            Acts =
            [
                "One night, <name> woke up. {Something was making a noise|There was a noise in the dark}. \"<Noise>,\" it went. ",
                "<Name> {pulled the blanket over <his> head|sat up in bed|held <his> breath}. \"{Maybe it is a ghost|Maybe it is a thief|Maybe it is a monster},\" <he> thought. \"<Noise>,\" it went again. ",
                "{At last|In the end}, <he> {took|picked up} <armed> and {crept|went on tiptoe} to the door. [The floor was cold. The moon shone over <sight>. ]",
                "{<He> counted to three|<He> took a deep breath}. One, two, three! <He> {threw the door open|held up the light|jumped forward}. ",
                "And what was it? It was only <noise.1>, <noise.2>! <Name> {laughed until <his> tummy hurt|put down <armed> and laughed|felt very silly and very glad}. ",
                "\"{You gave me a fright|So it was you|What a night},\" <he> said. Then <he> {went back to bed|made <himself> some warm milk} and slept {until noon|like a stone|very well}. ",
            ],
            End = "{The noise was only <noise.1>.|<Name> found out that the noise was only <noise.1>, <noise.2>.}",
            Questions =
            [
                ("{What made the noise?|What was it?|What did <name> find?}", "It was <noise.1>, <noise.2>."),
                ("{What did <name> take?|What did <he> take with <him>?}", "<He> took <armed>."),
                ("{Why did <name> wake up?|What woke <name>?}", "<He> heard a strange noise."),
            ],
        },
        new("first-school", "is nervous about the first day of school", "the first day of school")
        {
            HasFriend = true,
            Variables = new()
            {
                ["lesson"] = ["counted acorns", "learned a song", "drew their families", "planted beans in cups", "learned the letter A"],
                ["snack"] = ["a sandwich", "a pear", "a bun", "a carrot", "a slice of cheese"],
            },
            Acts =
            [
                "It was the first day of school, and <name>'s tummy {hurt|felt funny|was full of butterflies}. \"{What if nobody likes me?|What if I do not know the answers?|Can I stay at home?}\" <he> asked. ",
                "<His> mother gave <him> a kiss and <snack> for the break. \"{You will see, it will be fine|Just be yourself|Everybody is new today},\" she said. ",
                "The school stood near <spot>. {Inside, it was loud|All the seats were taken but one}. <Name> sat down next to a <friend.kind>, who {looked at <friend.his> feet|said nothing at all|held <friend.his> bag very tight}. ",
                "\"I am <name>,\" said <name>. \"{Is it your first day too?|Are you nervous as well?}\" The <friend.kind> nodded. \"I am <friend>,\" <friend.he> said[, and smiled a little]. ",
                "In the morning, they <lesson>. At the break, <name> gave <friend> half of <snack>. {Soon they talked and talked|They laughed so much that milk came out of their noses}. ",
                "When school was over, <name> {ran all the way home|did not want to go home}. \"{Is there school tomorrow too?|I have a friend now|It was the best day}!\" <he> {told <his> mother|said}. ",
            ],
            End = "{<Name> liked school and found a friend called <friend>.|In the end, the first day of school was a good day.}",
            Questions =
            [
                ("{Why was <name> nervous?|Why did <name>'s tummy feel bad?}", "It was <his> first day of school."),
                ("{Whom did <name> sit next to?|Who became <his> friend?|Who is <friend>?}", "<He> sat next to <friend>, a <friend.kind>."),
                ("{What did they do at school?|What did they learn?}", "They <lesson>."),
                ("{What did <name> share?|What did <he> give to <friend>?}", "<He> gave <friend> half of <snack>."),
            ],
        },
        new("sing", "is too shy to sing", "singing in front of everybody")
        {
            Kinds = World.Kinds.Everyone,
            HasHelper = true,
            Variables = new()
            {
                ["feast"] = ["spring feast", "harvest feast", "summer feast", "lantern feast", "winter feast"],
                ["song"] = ["the moon", "a brave snail", "the north wind", "a sleepy bear", "the first swallow"],
            },
            Acts =
            [
                "<Name> had a {beautiful|clear|warm} voice, but nobody knew. <He> only sang {when <he> was alone|behind <spot>|where nobody could hear}. ",
                "<@day>, a <helper> {heard <him> by chance|stopped to listen}. \"{How lovely|What a voice|That was wonderful}!\" said the <helper>. \"You must sing at the <feast>.\" ",
                "<Name> {turned red|looked at <his> feet|shook <his> head}. \"{I cannot|I am too shy|They will all look at me},\" <he> said. ",
                "\"{Then look only at me|Close your eyes and think of <sight>|Sing as if I were the only one there},\" said the <helper>. [They practised {every evening|for a week}. ]",
                "The evening of the <feast> came. <Name>'s {knees shook|hands were cold}. But then <he> {found the <helper> in the crowd|remembered what the <helper> had said} and began to sing a song about <song>. ",
                "{It grew so quiet that you could hear a leaf fall|Nobody moved|Even the babies listened}. When the song was over, everybody {clapped and clapped|cheered|wanted to hear it again}. ",
            ],
            End = "{<Name> sang a song about <song>, and everybody liked it.|In the end, <name> was brave and sang at the <feast>.}",
            Questions =
            [
                ("{Who helped <name>?|Who heard <him> sing?}", "A <helper> heard <him> and helped <him>."),
                ("{What was the song about?|What did <name> sing?}", "The song was about <song>."),
                ("{When did <name> sing?|Where did <he> sing?}", "<He> sang at the <feast>."),
                ("{Why did <name> not want to sing?|Why did <he> say no?}", "<He> was too shy."),
            ],
        },
    ];
}
