namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Maps, moons, caves and far journeys.</summary>
static class AdventurePlots
{
    internal static readonly Plot[] All =
    [
        new("map", "found a secret map", "a secret map")
        {
            HasFriend = true,
            Variables = new()
            {
                ["where"] = ["in an old book", "under a loose board", "inside a bottle", "behind a picture"],
                ["chest"] = ["an old music box", "a bag of marbles", "a spyglass", "a letter from long ago", "a silver flute"],
                ["steps"] = ["ten", "twenty", "thirty", "fifty"],
            },
            Acts =
            [
                "<@day>, <name> found a map <where>. {It was yellow and torn|It smelled of dust}. A red cross was on it, and the words: \"<Steps> steps from <spot>.\" ",
                "<He> showed it to <friend>, a <friend.kind>. \"{A treasure|A real treasure map}!\" {whispered|cried} <friend>. {They took a lamp and a spade|They fetched two spades}. ",
                "They went to <spot> and {counted|counted out loud}. \"{One, two, three|One step, two steps},\" and so on, up to <steps>. {They dug|Then they dug and dug}. {There was nothing but worms|They found only stones}. ",
                "\"{Maybe the map is wrong|It was just a joke},\" said <friend>. <Name> {looked at the map again|scratched <his> head}. \"{Wait|I know},\" <he> said. \"{These were giant steps|It was a child who made the map, so the steps are small}!\" ",
                "They {tried again|counted once more} and dug in the new place. Clonk! {There was a box|The spade hit a box}. In it lay <chest>. ",
                "{On the lid stood a name: it was the name of <name>'s grandfather.|\"That is from your grandfather,\" said <name>'s mother. \"He hid it as a boy.\"} {<Name> and <friend> hid a box of their own, for somebody later|They drew a new map and hid it again for others}. ",
            ],
            End = "{They found <chest>.|<Name> and <friend> found a box with <chest>.}",
            Questions =
            [
                ("{What did <name> find?|Where was the map?}", "<Name> found a map <where>."),
                ("{Who helped <name>?|Who went with <name>?}", "<Friend> the <friend.kind> went with <him>."),
                ("{What was in the box?|What was the treasure?}", "In the box was <chest>."),
                ("{How many steps did they count?|How many steps was it?}", "They counted <steps> steps."),
            ],
        },
        new("moon", "wants to touch the moon", "a wish about the moon")
        {
            HasHelper = true,
            Variables = new()
            {
                ["tower"] = ["a tower of chairs", "the longest ladder", "a pile of boxes", "a kite as big as a sail"],
                ["bowl"] = ["a bowl of water", "a bucket of water", "a big puddle", "a wash tub"],
            },
            Acts =
            [
                "Every night, <name> looked at the moon. It {hung over <sight>|shone on <spot>} {like a silver plate|like a lamp}. \"I want to touch it, {just once|only one time},\" <he> said. ",
                "{First, <he> jumped|First, <he> stood on tiptoe}, but {that was not enough|the moon was too high}. Then <he> {tried|took} <tower>. {Bump! Down <he> came|It shook, and down <he> fell}. ",
                "\"{What are you doing?|That was loud. Are you hurt?}\" asked a <helper>. \"{I want to touch the moon, and it does not come down|The moon is too far away},\" said <name>. ",
                "The <helper> {thought about it|smiled}. \"{If you cannot go to the moon, the moon must come to you|Sometimes the moon comes down, if you know how to ask},\" <helper.he> said, and showed <him> <bowl>. ",
                "<Name> {looked|bent over}. There was the moon, {round and bright|shining in the water}! <He> {put out one finger|reached down very gently} and touched it. The moon {trembled|danced in little rings}, and then it {was still again|smiled back}. ",
                "\"{It is cold|It is wet|It tickles}!\" {cried|whispered} <name>. {<He> was so happy that <he> could not speak|Never had <he> been so happy}. [Since then, <he> puts out a cup of water every night, so that the moon can visit. ]",
            ],
            End = "{<Name> touched the moon in <bowl>.|In the end, <name> touched the moon in the water.}",
            Questions =
            [
                ("{What did <name> want?|What did <name> wish for?}", "<Name> wanted to touch the moon."),
                ("{Who helped <name>?|Who had an idea?}", "A <helper> helped <him>."),
                ("{Where was the moon?|How did <he> touch the moon?}", "<He> touched it in <bowl>."),
                ("{What did <name> try first?|How did <he> try to reach it?}", "<He> tried <tower>."),
            ],
        },
        new("bottle", "found a message in a bottle", "a message in a bottle")
        {
            Kinds = World.Kinds.Everyone,
            Places = World.Places.ByWater,
            HasFriend = true,
            Variables = new()
            {
                ["plea"] = ["I am all alone/alone", "I have nobody to play with/alone", "My boat is broken/stuck", "I cannot get home/stuck"],
                ["bring"] = ["a basket of food", "a cake with cream", "tools and a sail", "a warm blanket"],
            },
            Acts =
            [
                "<@day>, <name> walked past <spot> and saw something {green|shiny} in the water. It was a bottle, and in it was {a letter|a piece of paper}! ",
                "\"{Whoever finds this, please come|Dear finder, please help},\" it said. \"<Plea>. I live on the small rock {far out in the water|out there where the birds fly}. <Friend>.\" ",
                "<Name> {did not wait|read it twice}. <He> packed <bring>, {took a rowing boat|borrowed a boat} and rowed {out|off}. {The wind was strong|It was hard work}, but <he> {thought of the letter|did not turn back}. ",
                "On the rock sat a {small|lonely|wet} <friend.kind>. \"{You got my letter|Somebody has come}!\" {cried|called} <friend>. ",
                "<Name> gave <friend> <bring>, and <friend> {told <him> everything|laughed for the first time in weeks}. \"{Come with me|There is room in my boat},\" said <name>. \"{Where I live, nobody is alone|We will find you a place to stay}.\" ",
                "They rowed back {side by side|together}, {past <sight>|singing all the way}. After that, they were friends, and the bottle stood on the shelf{ with a flower in it|}. ",
            ],
            End = "{<Name> fetched <friend> from the rock, and they became friends.|<Friend> was not <plea.1> any more.}",
            Questions =
            [
                ("{What did <name> find?|What was in the bottle?}", "<Name> found a bottle with a letter in it."),
                ("{Who wrote the letter?|Whom did <name> save?}", "<Friend> the <friend.kind> wrote it."),
                ("{What did <name> bring?|What did <name> take along?}", "<Name> brought <bring>."),
            ],
        },
        new("cave", "went into a dark cave", "a dark cave")
        {
            Kinds = World.Kinds.Everyone,
            HasFriend = true,
            Variables = new()
            {
                ["rumour"] = ["a monster/groaning", "a ghost/moaning", "a witch/muttering", "a sleeping giant/snoring"],
                ["stuck"] = ["a stone had rolled on <friend.his> foot", "<friend.his> coat was caught on a root", "<friend.he> had fallen into a hole", "<friend.his> lamp had gone out"],
            },
            Acts =
            [
                "Behind <spot>, there was a cave. \"{Do not go near it|Stay away from it},\" {everyone|everybody} said. \"<Rumour> lives in there.\" And {at night|now and then}, you could hear <rumour.1>{| deep inside}. ",
                "<@day>, <name> {heard it again|stood before the cave}. It did not sound {angry|bad}. It sounded {sad|like somebody who needs help}. {<Name> lit a lamp|<He> took a lamp} and went in. ",
                "{Water dripped from the walls|It was cold and damp}. {Something flew over <his> head|<His> steps sounded loud}. \"{Is anybody here?|Hello?}\" asked <name>, and {<his> voice shook|the walls asked it back}. ",
                "\"Yes, {here|over here},\" said a {thin|weak} voice. It was only <friend>, a <friend.kind>, and <stuck>. ",
                "\"{I have called for two days|They all ran away when I called},\" said <friend>. \"{Not me|I nearly did},\" said <name>. <He> {helped <friend.him>|set <friend.him> free} and led <friend.him> out into the {sun|light}. ",
                "{Everybody stared|How they all stared}! \"Meet my new friend <friend>,\" said <name>{, and they all felt a little silly|}. ",
            ],
            End = "{There was no monster, only <friend>, and <name> helped <friend.him>.|<Name> brought <friend> out of the cave.}",
            Questions =
            [
                ("{Who was in the cave?|Who made the noise?}", "<Friend> the <friend.kind> was in the cave."),
                ("{What did everybody think?|What did the others say?}", "They said that <rumour> lived in the cave."),
                ("{Where was the cave?|Where was it?}", "The cave was behind <spot>."),
                ("{Why could <friend> not get out?|What was wrong with <friend>?}", "<Friend> could not get out because <stuck>."),
            ],
        },
        new("star", "found a fallen star", "a fallen star")
        {
            Variables = new()
            {
                ["keep"] = ["a shoe box", "a jam jar", "<his> cap", "a bird cage"],
                ["way"] = ["tied it to a kite", "asked the eagle to carry it", "put it in a balloon", "threw it as high as <he> could"],
            },
            Acts =
            [
                "One night, something {bright|golden} fell from the sky and landed near <spot>. <Name> {ran to see|put on <his> boots and ran}. It was a star, {no bigger than a plum|as small as an egg}! ",
                "<He> took it home in <keep>. {What a light it gave|It lit up the whole <home>}! {Everybody wanted to see it|<Name> could read by it at night}. \"{It is mine|I will keep it for ever},\" <he> said. ",
                "But {each night|day by day}, the star grew {weaker|paler}. \"{What is wrong?|Are you ill?}\" asked <name>. \"I {miss my sisters|am homesick},\" said the star in a {tiny|thin} voice. \"There is a dark place in the sky where I should be.\" ",
                "<Name> {lay awake|thought about it all night}. {<He> loved the star|It was the finest thing <he> had ever had}. But <he> {knew|understood} what it is like to miss home. ",
                "The next evening, <he> went {up to the roof|to the highest place} and <way>. Up and up it went, {past <sight>|past the last cloud}, until {the dark place was filled|it found its sisters}. ",
                "{Since then, one star blinks when <name> looks up|That star shines brighter than all the others}. \"Good night, little star,\" <he> whispered[, and the star says good night too]. ",
            ],
            End = "{<Name> gave the star back to the sky.|The star went home to its sisters.}",
            Questions =
            [
                ("{What did <name> find?|What fell from the sky?}", "<Name> found a star."),
                ("{Where did <he> keep it?|Where did <name> put the star?}", "<He> kept it in <keep>."),
                ("{Why was the star sad?|What did the star want?}", "The star wanted to go home."),
                ("{How did it get back?|What did <name> do with the star?}", "<Name> <way>."),
            ],
        },
        new("balloon", "flew away in a balloon", "a journey in a balloon")
        {
            HasFriend = true,
            Variables = new()
            {
                ["colour"] = ["red", "yellow", "striped", "silver", "blue"],
                ["throw"] = ["sandbags", "potatoes", "books", "boots"],
                ["saw"] = ["houses like toys", "rivers like ribbons", "sheep like crumbs", "clouds from above"],
            },
            Acts =
            [
                "<@day>, a big <colour> balloon stood near <spot>. \"{Only to look|Do not touch the rope},\" said the sign. But <name> and <friend> the <friend.kind> climbed in. ",
                "{The knot came loose|<Friend> pulled the wrong rope}, and up they went! {Everything grew small|The wind took them}. They saw <saw>. {It was wonderful|At first, it was wonderful}. ",
                "Then {they came close to a mountain|a dark wood came nearer and nearer}. \"We are too low!\" cried <friend>. \"{Throw something out|We are too heavy},\" said <name>, and they threw out the <throw>. {Just in time|That was close}! The balloon rose. ",
                "\"How do we get down again?\" asked <friend>{ in a small voice|}. {They did not know|They looked at each other}. <Name> {looked at all the ropes|thought hard}. \"This one lets out the air,\" <he> said, and {pulled gently|pulled a little}. Pfff! ",
                "Slowly, they {sank|came down}, {over <sight>|lower and lower}, and landed {in a hay cart|in a soft bush|on a heap of leaves}. ",
                "{There stood the owner of the balloon|A man with a long moustache came running}. \"{You flew better than I do|Nobody has ever landed so softly},\" he said. \"{Next time, ask first|But next time, you ask me}!\" ",
            ],
            End = "{They landed safely, thanks to <name>.|<Name> found the right rope, and they landed softly.}",
            Questions =
            [
                ("{What colour was the balloon?|What did the balloon look like?}", "The balloon was <colour>."),
                ("{Who flew with <name>?|Who was with <name>?}", "<Friend> the <friend.kind> was with <him>."),
                ("{What did they throw out?|How did they get higher?}", "They threw out the <throw>."),
                ("{What did they see?|What did they see from above?}", "They saw <saw>."),
            ],
        },
        new("bridge", "met a grumpy troll at a bridge", "a grumpy troll")
        {
            Kinds = [.. World.Kinds.Everyone.Where(kind => kind.Noun != "troll")],
            Variables = new()
            {
                ["goal"] = ["visit <his> cousin", "go to the fair", "buy seeds", "see a play"],
                ["grump"] = ["had a splinter in his toe/pulled out the splinter", "had a toothache/tied a warm cloth around his cheek", "had not slept for a week/sang him a lullaby", "had never had a birthday/sang a birthday song for him"],
            },
            Acts =
            [
                "<Name> wanted to <goal>. The road went over a bridge, not far from <spot>. But under the bridge lived a troll. \"{Nobody goes over my bridge|Go away}!\" {he roared|roared the troll}. ",
                "{Others had turned back|Many had run away}. <Name> {took a step back, but no more|swallowed, but <he> stayed}. \"{Good morning|Excuse me},\" <he> said. \"{Why are you so angry?|Is something wrong?}\" ",
                "The troll {blinked|opened and closed his mouth}. {Nobody had ever asked him that|That was a new question}. \"{Well|Hmm},\" he said, \"{it is not a good day|nobody likes me}.\" It came out that he <grump>. ",
                "\"{Is that all?|I can help with that|Let me see},\" said <name>, and <he> <grump.1>. ",
                "{A big tear rolled down the troll's nose|The troll sighed, and the bridge shook}. Then he {smiled|smiled so that all his green teeth showed}. \"{You may cross my bridge whenever you like|For you, the bridge is always open},\" he said. ",
                "So <name> went over the bridge to <goal>. {On the way back, <he> brought the troll a bun|On the way back, the troll waved from far away}. {And nobody has been roared at since then|After that, the bridge was the friendliest for miles}. ",
            ],
            End = "{<Name> helped the troll and was allowed to cross.|The troll was not angry any more.}",
            Questions =
            [
                ("{Who was under the bridge?|Whom did <name> meet?}", "<Name> met a troll."),
                ("{Why was the troll angry?|What was wrong with the troll?}", "The troll <grump>."),
                ("{What did <name> do?|How did <name> help?}", "<Name> <grump.1>."),
                ("{Why did <name> want to cross the bridge?|Where did <name> want to go?}", "<Name> wanted to <goal>."),
            ],
        },
    ];
}
