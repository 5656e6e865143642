namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Things that are planted, built, baked and learned.</summary>
static class MakingPlots
{
    internal static readonly Plot[] All =
    [
        new("garden", "planted a <seed> seed", "growing a <seed>")
        {
            Kinds = World.Kinds.Everyone,
            Variables = new()
            {
                ["seed"] = ["sunflower/as tall as a house", "pumpkin/as big as a cart", "bean/full of red flowers", "cabbage/as round as the moon", "melon/striped and sweet", "apple/covered with blossoms"],
                ["giver"] = ["<his> uncle/<his> uncle", "a traveller/the traveller", "<his> aunt/<his> aunt", "a neighbour/the neighbour"],
            },
            Acts =
            [
                "{<@day>, <giver> gave <name> a seed|<Name> got a seed from <giver>}. \"It is a <seed> seed,\" said <giver.1>. \"{Be patient|Give it water and time}.\" ",
                "<Name> planted it near <spot>. {Every morning, <he> gave it water|<He> watered it day after day}. {But nothing came up|But there was only brown earth}. ",
                "\"{Maybe it is asleep|Perhaps it does not like me|Is it broken?}\" <name> {thought|wondered}. <He> {sang to it|told it good night stories|put a little fence around it}. ",
                "{One week went by, and another|It rained, and the sun shone}. Then, <@dayLower>, there was {a tiny green tip|a small green leaf}! <Name> {danced around it|did not dare to breathe|ran to tell everyone}. ",
                "[Snails came to eat it, but <name> {chased them off|kept watch all night}. ]",
                "In {late summer|autumn}, it was <seed.1>. {Everybody came to look|Nobody had ever seen anything like it}. \"{How did you do it?|What is your secret?}\" they asked. \"{I waited|I gave it water, and I did not give up|I sang to it},\" said <name>. ",
            ],
            End = "{The seed grew, and in the end it was <seed.1>.|<Name> was patient, and the <seed> grew.}",
            Questions =
            [
                ("{What did <name> plant?|What did <name> grow?}", "<Name> planted a <seed> seed."),
                ("{Who gave <name> the seed?|Where did the seed come from?}", "<Giver> gave it to <him>."),
                ("{What did it look like in the end?|How did the <seed> look in the end?}", "It was <seed.1>."),
                ("{Where did <name> plant it?|Where did <he> plant the seed?}", "<He> planted it near <spot>."),
            ],
        },
        new("bake", "wants to bake a cake for <guest>", "baking a cake")
        {
            Kinds = World.Kinds.Everyone,
            Variables = new()
            {
                ["guest"] = ["<his> grandmother", "the queen", "<his> sister", "a sad neighbour", "the new teacher"],
                ["mistake"] = ["took salt instead of sugar/salty", "forgot the cake in the oven/black", "dropped the flour on the floor/flat", "used six eggs too many/wet"],
                ["topping"] = ["strawberries", "cream and nuts", "a heart of icing", "candied violets", "chocolate stars"],
            },
            Acts =
            [
                "<Name> wanted to bake a cake for <guest>. {<He> had never baked before|It was <his> very first cake}. \"{How hard can it be?|I need flour, eggs and sugar},\" <he> said and {tied on an apron|rolled up <his> sleeves}. ",
                "<He> {stirred and hummed|mixed and stirred}. But {<he> was in a hurry|<he> did not pay attention}, and <he> <mistake>. ",
                "When the cake was {done|on the table}, it was <mistake.1>. {Even the cat did not want it|<Name> took one bite and made a face}. \"{It is no good|All that work},\" <he> {sighed|said}. ",
                "<He> {sat by <spot> for a while|looked out at <sight>} and thought. \"{The first one was to learn|I know what I did wrong|I will try once more},\" <he> said. {This time, <he> took care|This time, <he> did it slowly, one thing after the other}. ",
                "{What a smell|Oh, how good it smelled|It smelled like a birthday}! The second cake was {golden|soft and high}. <Name> put <topping> on top and {carried|took} it to <guest>. ",
                "{There was a big smile|The first slice was gone at once}. \"{This is the best cake of my life|Did you make this alone?|Who taught you to bake like that?}\" said <guest>. \"{The first cake did|I had to try twice},\" said <name>{ and laughed|}. ",
            ],
            End = "{The second cake was good, and <guest> liked it.|<Name> tried again, and the cake was good.}",
            Questions =
            [
                ("{Whom was the cake for?|For whom did <name> bake?}", "The cake was for <guest>."),
                ("{What went wrong?|What was <name>'s mistake?}", "<Name> <mistake>."),
                ("{What was on top of the cake?|What did <name> put on the cake?}", "<Name> put <topping> on top."),
            ],
        },
        new("raft", "built a <boat>", "building a <boat>")
        {
            Places = World.Places.ByWater,
            HasFriend = true,
            Variables = new()
            {
                ["boat"] = ["raft/planks and rope", "boat/an old bathtub", "canoe/the bark of a tree", "ship/a big barrel"],
                ["flag"] = ["a shirt", "a red sock", "a checked towel", "an old apron"],
                ["load"] = ["two apples", "a loaf of bread", "a pot of soup", "some dry biscuits"],
            },
            Acts =
            [
                "\"{I want to sail|We should have a <boat>|I want to see the other side},\" said <name> {one day|one morning}. <Friend>, a <friend.kind>, {liked the idea|was ready at once}. ",
                "They found <boat.1> near <spot>. {All day they hammered and tied|They worked until their hands were sore}. For a flag, they took <flag>. [\"A real <boat>!\" said <friend>. ]",
                "They {packed|took} <load> and {pushed off|set sail}. {The water carried them|It went well at first}. They sailed past <sight> and {sang a sailor song|waved to everyone}. ",
                "Then {there was a hole|water came in}! \"{We are sinking|My feet are wet|What now},\" cried <friend>. \"{Do not worry|Keep calm},\" said <name>. <He> {stuffed <flag> into the hole|closed the hole with <flag>}, and <friend> {scooped out the water|paddled with both hands}. ",
                "{Wet and laughing|Very wet}, they reached the other side. [There they ate <load>, and nothing had ever tasted so good. ]\"{The captain saved the ship|You are a good captain},\" said <friend>. ",
                "They mended the <boat> {properly|with care}, and {the next day it did not leak at all|from then on it was dry}. {All through the summer, they sailed it|They sailed it every day that summer}. ",
            ],
            End = "{They built a <boat> and sailed to the other side.|The <boat> leaked, but <name> and <friend> reached the other side.}",
            Questions =
            [
                ("{What did they build?|What did <name> build?}", "They built a <boat>."),
                ("{Who helped <name>?|Who sailed with <name>?}", "<Friend> the <friend.kind> was with <him>."),
                ("{What went wrong?|What happened on the water?}", "There was a hole in the <boat>."),
                ("{What was the flag?|What did they use as a flag?}", "The flag was <flag>."),
            ],
        },
        new("whistle", "wants to learn to <skill>", "learning to <skill>")
        {
            HasHelper = true,
            Variables = new()
            {
                ["skill"] = ["whistle/only air came out/whistled a whole tune", "juggle/the apples fell on <his> head/juggled with four apples", "ride a bicycle/<he> fell into a hedge/rode in a big circle", "walk on stilts/<he> landed in the mud/walked over a puddle on stilts", "skip with a rope/the rope caught <his> feet/skipped a hundred times", "dance/<he> stepped on <his> own feet/danced like a leaf in the wind"],
                ["practice"] = ["before breakfast", "behind the house", "after supper", "on the way to school"],
            },
            Acts =
            [
                "{All the others could <skill>|Everybody could <skill>}, but not <name>. When <he> tried, <skill.1>. [The others giggled. ]",
                "\"{I will never learn it|I am just too silly for it|It is no use},\" said <name> and sat down by <spot>{| with a long face}. ",
                "A <helper> {sat down next to <him>|had seen it}. \"{Do you know how often I had to try?|How often have you tried?}\" asked the <helper>. \"Ten times,\" said <name>. \"{A hundred times|I tried for a whole year},\" said the <helper>. ",
                "{That made <name> think|<Name> had not known that}. From then on, <he> practised every day <practice>. {On Monday, <skill.1> again|At first, <skill.1> again}. {On Tuesday, it went a little better|Then it went a tiny bit better}. ",
                "{And on Sunday|After two weeks|And one fine day}, it happened: <name> <skill.2>! {<He> was so surprised that <he> laughed|\"Did you see that?\" <he> cried}. ",
                "{Even the <helper> clapped|The <helper> nodded and smiled}. [And when a smaller one said, \"I will never learn it,\" <name> sat down and said, \"How often have you tried?\" ]",
            ],
            End = "{<Name> practised and learned to <skill>.|In the end, <name> <skill.2>.}",
            Questions =
            [
                ("{What did <name> want to learn?|What did <name> learn?}", "<Name> learned to <skill>."),
                ("{Who helped <him>?|Who talked to <name>?}", "A <helper> helped <him>."),
                ("{When did <name> practise?|When did <he> practise?}", "<He> practised every day <practice>."),
            ],
        },
        new("painting", "painted a picture for the wall", "painting a picture")
        {
            Kinds = World.Kinds.Everyone,
            HasFriend = true,
            Variables = new()
            {
                ["wall"] = ["the school", "the town hall", "the inn", "the new library", "the bakery"],
                ["blot"] = ["blue/cloud", "green/tree", "red/sunset", "yellow/moon", "brown/bear"],
            },
            Acts =
            [
                "<Name> {had been asked|was asked} to paint a picture for the wall of <wall>. {For three days, <he> painted|With great care, <he> painted} <sight> in all their colours. ",
                "<@day>, <friend>, a {young|little|clumsy} <friend.kind>, came to {look|watch}. <Friend> stepped back, {hit the pot|fell over the ladder}, and splash! There was a big <blot> blot {right in the middle|in the middle of the picture}. ",
                "{Nobody spoke|It was very quiet}. <Friend> {began to cry|wanted to sink into the ground}. \"{I have spoiled it|Now it is ruined},\" <friend.he> said. ",
                "<Name> {swallowed hard|looked at the blot for a long time}. <He> {turned <his> head to the left and to the right|walked up and down}. \"{Wait|Do you know what I see?}\" <he> said. \"I see a <blot.1>!\" ",
                "<He> {took <his> brush|dipped <his> brush}, put a line here and a dot there, and the blot was a {wonderful|fine|big} <blot> <blot.1>. [\"You do the last dot,\" said <name> to <friend>. ]",
                "When the picture hung on the wall of <wall>, {everyone liked the <blot.1> best|people came from far away to see it}. \"{That was <friend>'s idea|<Friend> and I made it together},\" said <name>, and <friend> {smiled from ear to ear|was very proud}. ",
            ],
            End = "{<Name> turned the blot into a <blot.1>.|The picture was more beautiful than before, with a <blot> <blot.1> in it.}",
            Questions =
            [
                ("{What did <name> paint?|What was in the picture?}", "<Name> painted <sight>{ and a <blot.1>|}."),
                ("{Who made the blot?|Who spilled the paint?}", "<Friend> the <friend.kind> made the blot."),
                ("{What did the blot become?|What did <name> make of the blot?}", "It became a <blot> <blot.1>."),
                ("{Where was the picture for?|Where did the picture hang?}", "It was for the wall of <wall>."),
            ],
        },
        new("scarf", "knitted a very long scarf", "a very long scarf")
        {
            Kinds = World.Kinds.Everyone,
            Variables = new()
            {
                ["colour"] = ["red", "blue", "green", "purple", "orange"],
                ["first"] = ["a horse", "a goose with a long neck", "a thin dog", "a calf"],
                ["use"] = ["a cat down from a roof", "a lamb out of a ditch", "a boy out of a hole", "a goat off a rock"],
            },
            Acts =
            [
                "{In the long winter, <name> learned to knit|One winter, <name> began to knit}. <He> knitted a <colour> scarf. {But nobody had told <him> how to stop|But <he> did not know how to end it}, so it grew and grew. ",
                "{It grew out of the door|Soon it went twice around the house} and {all the way to <spot>|along the road to <spot>}. {The others laughed|Some made jokes}. \"{Who needs a scarf like that?|Is it for a giraffe?|Is that a scarf or a road?}\" they said. ",
                "<Name> {went on knitting|did not mind}. {Then it got very cold|Then came the coldest night}. \"Come here, you poor thing,\" said <name>, and <he> wrapped the scarf around <first>. ",
                "The next day, {there was a shout|somebody called for help}. {They had no rope|There was no rope long enough}. <Name> threw one end of the scarf, and {they all pulled|everyone pulled}. With the <colour> scarf, they got <use>! ",
                "{Nobody made jokes now|Now nobody laughed any more}. \"{That is the most useful scarf there is|Can you knit one for me too?}\" they said. ",
                "{In the end, <his> aunt showed <him> how to tie the last knot|At last, <name> learned to make the last stitch}. [The scarf was a hundred steps long. ]It was long enough for all the neighbours. ",
            ],
            End = "{The long scarf was useful, and nobody laughed any more.|With the scarf, they got <use>.}",
            Questions =
            [
                ("{What did <name> make?|What did <name> knit?}", "<Name> knitted a very long <colour> scarf."),
                ("{What colour was it?|What colour was the scarf?}", "The scarf was <colour>."),
                ("{Why did the others laugh?|What was funny?}", "The scarf was so long."),
                ("{How did the scarf help?|What did they do with the scarf?}", "With it, they got <use>."),
            ],
        },
        new("treehouse", "built a house in a tree", "a house in a tree")
        {
            HasFriend = true,
            Variables = new()
            {
                ["part"] = ["a round window", "a red door", "a small balcony", "a slide", "a bell to ring"],
                ["rule"] = ["No shouting", "Only friends", "Shoes off", "Bring a story"],
                ["guest"] = ["squirrels", "sparrows", "bats", "doves"],
            },
            Acts =
            [
                "<Name> wanted {a place of <his> own|a house high above the ground}. {<@day>, <he> found the right tree|There was a good tree} near <spot>. ",
                "<He> {carried up|collected} boards and nails and began to build. But {the boards were heavy|everything was crooked}. {Bang, <he> hit <his> thumb|One wall fell down, and then the other}. ",
                "<Friend> the <friend.kind> {watched for a while|stopped below}. \"{One holds and one hammers|That is work for two},\" said <friend>. \"{May I help?|Shall I hold the board?}\" \"{I wanted to do it alone|But it is my house},\" said <name>. Then the {roof|floor} fell down as well. \"{All right|Yes, please},\" <he> said. ",
                "With two, it went {much better|twice as fast}. <Friend> {had good ideas|was good with a saw}, and so the house got <part>. {From up there, they could see <sight>|High above, the wind sang in the leaves}. ",
                "They put up a sign: \"<Rule>!\" {The first guests came the same evening|Soon the first guests came}: two <guest>, who {moved into the roof|wanted to stay}. ",
                "\"{Whose house is it now?|So, is it your house?}\" asked <friend>. <Name> {did not have to think|laughed}. \"{It is ours|Our house},\" <he> said{, and they ate their supper in the tree|}. ",
            ],
            End = "{<Name> and <friend> built the house together.|In the end, they had a house in a tree with <part>.}",
            Questions =
            [
                ("{What did <name> build?|What did they build?}", "They built a house in a tree."),
                ("{Who helped <name>?|Who helped to build it?}", "<Friend> the <friend.kind> helped <him>."),
                ("{What did the house have?|What was special about the house?}", "The house had <part>."),
                ("{What was on the sign?|What did the sign say?}", "The sign said: \"<Rule>!\""),
            ],
        },
    ];
}
