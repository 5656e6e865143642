namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Friends: found, lost and won back.</summary>
static class FriendPlots
{
    internal static readonly Plot[] All =
    [
        new("new-friend", "has no friends yet", "finding a new friend")
        {
            HasFriend = true,
            Variables = new()
            {
                ["game"] = ["hide and seek", "catch", "knights", "marbles", "pirates", "hopscotch"],
                ["clumsy"] = ["fell over a root", "dropped a basket of apples", "slipped in the mud", "ran into a fence"],
            },
            Acts =
            [
                "<Name> had {come to <place> only a week ago|just moved in}, and <he> did not know anybody. {The others played <game>, and <he> could only watch|Every day <he> played <game> alone, and that is not easy}. ",
                "<@day>, a <friend.kind> came {running|by} and <clumsy>. {Some of the others laughed|Everybody laughed}. <Name> did not laugh. <He> {helped the <friend.kind> up|went over to help}. ",
                "\"{Did you hurt yourself?|Are you all right?}\" asked <name>. \"{Only a little|No, I am fine},\" said the <friend.kind>. \"My name is <friend>. What is yours?\" ",
                "\"I am <name>,\" said <name>. \"{Would you like to play <game> with me?|Do you know how to play <game>?}\" \"{Oh yes|I love <game>|I thought nobody would ask},\" said <friend>. ",
                "So they played <game> near <spot> until {the stars came out|the sun went down|supper time}. [Once <name> won, and once <friend> won. ]",
                "\"{See you tomorrow|Will you come again tomorrow?|Until tomorrow},\" said <friend>. <Name> {skipped|hopped|whistled} all the way home. {Now <he> had a friend|<He> was not alone any more}. ",
            ],
            End = "{<Name> and <friend> became friends.|In the end, <name> had a friend called <friend>.}",
            Questions =
            [
                ("{Who became <name>'s friend?|Whom did <name> meet?|What is the friend called?}", "<Name> met <friend>, a <friend.kind>."),
                ("{What did they play?|Which game did they play?}", "They played <game>."),
                ("{Why was <name> alone?|Why was <he> lonely?}", "<He> was new and did not know anybody."),
            ],
        },
        new("sharing", "did not want to share <his> <sweet>", "sharing <sweet>")
        {
            HasFriend = true,
            Variables = new()
            {
                ["sweet"] = ["strawberries", "cookies", "cherries", "nuts", "pancakes", "plums"],
                ["tool"] = ["blanket", "umbrella", "lantern", "rope"],
            },
            Acts =
            [
                "<@day>, <name> had a {bowl|bag|basket} full of <sweet>. <He> {sat down near <spot>|found a nice seat by <spot>} to eat them all. ",
                "Along came <friend>, a {hungry|thin|tired} <friend.kind>. \"{May I have one?|Those smell good|Could you spare a few?}\" said <friend>. \"No,\" said <name>. \"{They are mine|I need them all}.\" <Friend> {went away|walked on} with {<friend.his> head down|an empty tummy}. ",
                "<Name> ate and ate. But {the <sweet> did not taste so good any more|soon <he> had a tummy ache|it was no fun to eat alone}. ",
                "Then {it began to rain|a cold rain came down|dark clouds came, and it rained hard}, and <name> had no coat. <Friend> came {back|running} with a big umbrella. \"{Come under here|There is room for two},\" said <friend>. ",
                "<Name> {felt ashamed|turned red}. \"{I did not share with you, and you share with me|You are kinder than I was},\" <he> said. \"{I am sorry|Please take the rest of my <sweet>}.\" ",
                "They {sat under the umbrella|waited for the sun} and ate the last <sweet> together, {one for <name> and one for <friend>|one by one}. {They had never tasted better|Shared <sweet> taste best}. ",
            ],
            End = "{<Name> shared <his> <sweet> with <friend>.|In the end, <name> learned to share.}",
            Questions =
            [
                ("{What did <name> have?|What did <name> not want to share?}", "<He> had {many|a lot of} <sweet>."),
                ("{Who came along?|Who was hungry?|Who asked for some?}", "It was <friend>, a <friend.kind>."),
                ("{What did <friend> share?|How did <friend> help <name>?}", "<Friend> shared an umbrella with <name>."),
            ],
        },
        new("quarrel", "quarrelled with a friend", "a quarrel between friends")
        {
            HasFriend = true,
            Variables = new()
            {
                ["thing"] = ["swing", "red ball", "wooden sword", "toy train", "blue bucket", "sledge"],
                ["gift"] = ["a smooth stone", "a bunch of daisies", "a paper crown", "a warm bun", "a drawing of two friends"],
            },
            Acts =
            [
                "<Name>'s best friend was a <friend.kind> called <friend>. They did everything together. But <@dayLower>, both wanted the <thing>. ",
                "\"{I had it first|It is my turn|Let go}!\" {cried|shouted} <name>. \"{No, it is mine|You always have it|You let go}!\" {cried|shouted} <friend>. Then each went home {in a rage|without a word} and slammed the door. ",
                "{The afternoon was long|The house was very quiet}. <Name> tried to play alone, but {it was boring|the <thing> was no fun any more}. <He> {missed <friend>|thought of all the good days with <friend>}. ",
                "{So <he> took|Then <he> went out and looked for} <gift>. \"{I will say sorry|A friend is worth more than a <thing>},\" <name> said to <himself>. ",
                "Halfway, near <spot>, <he> met <friend>, who was {coming the other way|on <friend.his> way to <name>}. \"I am sorry,\" they {both said|said} at the same time, and {then they laughed|both had to laugh}. ",
                "<Name> gave <friend> <gift>, and they {took turns with the <thing>|shared the <thing>} {until dark|for the rest of the day}. ",
            ],
            End = "{<Name> and <friend> made up and were friends again.|They both said sorry and were friends again.}",
            Questions =
            [
                ("{Who was <name>'s best friend?|Whom did <name> quarrel with?}", "<His> best friend was <friend>, a <friend.kind>."),
                ("{What did they quarrel about?|What did both want?}", "Both wanted the <thing>."),
                ("{What did <name> give to <friend>?|What was the present?}", "<Name> gave <friend> <gift>."),
                ("{Where did they meet again?|Where did they meet?}", "They met near <spot>."),
            ],
        },
        new("sick-friend", "has a sick friend", "a sick friend")
        {
            Kinds = World.Kinds.Everyone,
            HasFriend = true,
            Variables = new()
            {
                ["illness"] = ["a cold", "a fever", "a sore throat", "a bad cough", "a tummy ache"],
                ["cure"] = ["hot soup", "tea with honey", "warm milk", "chicken soup with noodles", "mint tea"],
                ["fun"] = ["read a funny book aloud", "made shadow animals on the wall", "played a little tune", "told a story about a pirate", "did a puppet show with two socks"],
            },
            Acts =
            [
                "Every day, <name> met <friend> the <friend.kind> near <spot>. But <@dayLower> <friend> did not come. <Name> {waited and waited|waited for an hour}. ",
                "<He> {went to see <friend>|knocked at <friend>'s door}. <Friend> lay in bed with <illness>. \"{I feel awful|I cannot get up|It is so boring in bed},\" {said|whispered} <friend>. ",
                "\"{Then I will look after you|Stay in bed, I will be back soon|I know what you need},\" said <name>. <He> {hurried home|ran to the kitchen} and made <cure>. ",
                "<Friend> {drank it all up|took a small sip, and then another}. Then <name> <fun>, and <friend> {smiled for the first time|laughed so much that <friend.he> had to cough|forgot about <illness>}. ",
                "<Name> came again {the next day|every day}[, and brought a picture of <sight>]. {After a few days|By the end of the week}, <friend> was well again. ",
                "\"{You are the best medicine|A friend like you is better than any pill},\" said <friend>. [And when <name> had <illness> one month later, guess who came with <cure>? ]",
            ],
            End = "{<Friend> got well again, thanks to <name>.|<Name> took care of <friend> until <friend.he> was well.}",
            Questions =
            [
                ("{Who was sick?|Who was ill?}", "<Friend> the <friend.kind> was sick."),
                ("{What did <friend> have?|What was wrong with <friend>?}", "<Friend> had <illness>."),
                ("{What did <name> make?|What did <name> bring?}", "<Name> made <cure>."),
                ("{How did <name> cheer <friend> up?|What did <name> do for fun?}", "<Name> <fun>."),
            ],
        },
        new("noisy-neighbour", "has a noisy neighbour", "a noisy neighbour")
        {
            Kinds = World.Kinds.Everyone,
            HasFriend = true,
            Variables = new()
            {
                ["noise"] = ["trumpet", "drum", "fiddle", "flute", "accordion"],
            },
            Acts =
            [
                "<Name> liked {quiet evenings|a quiet nap|silence}. But next door lived <friend>, a <friend.kind> who had a <noise>. {Every evening|From morning to night}, <friend> played it, and {it sounded terrible|all of it was wrong}. ",
                "<Name> {put wool in <his> ears|closed all the windows|hid <his> head under a pillow}. It did not help. {At last, <he> had enough|<@day>, <he> jumped up} and knocked at <friend>'s door. ",
                "\"{Must you play so loud?|Please stop it!|I cannot sleep!}\" said <name>. <Friend> {turned red|looked sad}. \"{I am sorry|Oh dear},\" <friend.he> said. \"{Nobody has ever shown me how to play|I only want to learn one song for my mother}.\" ",
                "<Name> {had not thought of that|was quiet for a moment}. {<He> had once learned to play the <noise> <himself>|<He> knew a little about music}. \"{Hold it like this|Try it slowly|Softer},\" <he> said, and showed <friend> how. ",
                "{Week after week|Every evening}, they practised together[ by <spot>]. {Bit by bit|Little by little}, the {noise|squeaking} turned into {a song|music}. ",
                "{Now, when the <noise> sounds next door, <name> opens <his> window wide|In the end, <name> was the first to clap}. \"{Play it again|Once more},\" <he> says. ",
            ],
            End = "{<Name> taught <friend> to play the <noise>.|In the end, <friend> learned to play, and <name> liked it.}",
            Questions =
            [
                ("{Who was the noisy neighbour?|Who lived next door?|Who made the noise?}", "It was <friend>, a <friend.kind>."),
                ("{What did <friend> play?|What made the noise?}", "<Friend> played the <noise>."),
                ("{What did <name> do?|How did <name> help?}", "<Name> showed <friend> how to play."),
            ],
        },
        new("moved-away", "misses a friend who moved away", "a friend who moved away")
        {
            HasFriend = true,
            Variables = new()
            {
                ["far"] = ["the city", "the other side of the sea", "the north", "a far country"],
                ["post"] = ["a pigeon", "a wild goose", "the postman", "a sailor"],
                ["inside"] = ["a pressed flower", "a drawing of <sight>", "a feather", "a small white shell"],
            },
            Acts =
            [
                "<Name> and a <friend.kind> called <friend> had always been friends. But in {spring|autumn}, <friend>'s family moved to <far>. ",
                "<Name> {stood by <spot> and waved|waved until the cart was gone}. After that, {the days were long and empty|nothing was fun|every game was one player short}. ",
                "\"{Write a letter|Why do you not write to <friend>?}\" said <name>'s mother. {So <name> sat down and wrote three pages|<Name> wrote about everything that had happened}. <He> put <inside> in the letter and gave it to <post>. ",
                "<He> waited one week, two weeks, three weeks. {Nothing came|<He> looked out of the door every morning}. Then, <@dayLower>, <post> {came back with|brought} an answer! ",
                "\"Dear <name>,\" wrote <friend>, \"I {was so happy about <inside>|have put <inside> next to my bed|miss you too}. In summer, I will come and {visit|see} you.\" ",
                "And {so it was|when summer came, there stood <friend> at the door}. They {ran to <spot>|ran through <place>} and {talked and talked|laughed as before}. {Far away is not gone|A friend can be far away and still be near}. ",
            ],
            End = "{<Friend> wrote back and came to visit in summer.|<Name> and <friend> wrote letters and met again in summer.}",
            Questions =
            [
                ("{Who moved away?|Whom did <name> miss?}", "<Friend> the <friend.kind> moved away."),
                ("{Where did <friend> go?|Where did <friend> move to?}", "<Friend> moved to <far>."),
                ("{What did <name> put in the letter?|What was in the letter?}", "<Name> put <inside> in the letter."),
                ("{Who brought the letter?|Who took the letter?}", "It was <post>."),
            ],
        },
        new("lonely-old", "visited a lonely <old>", "a lonely <old>")
        {
            Variables = new()
            {
                ["old"] = ["clockmaker/he/his", "widow/she/her", "ferryman/he/his", "lighthouse keeper/he/his", "lace maker/she/her"],
                ["gift"] = ["a pot of jam", "a warm loaf", "a bunch of lavender", "a basket of eggs", "a woolly blanket"],
                ["skill"] = ["to tie knots", "to play chess", "to read the stars", "to bake bread", "to carve little birds"],
            },
            Acts =
            [
                "Near <spot> lived an old <old>. {Nobody ever went there|All the others were a little afraid of that house}, and {the shutters were always closed|no smoke came from the chimney}. ",
                "\"{I think the <old> is lonely|It must be sad to eat alone},\" said <name> to <his> mother. \"Then go and bring <gift>,\" she said{| with a smile}. ",
                "<Name> knocked{ three times| very softly|}. The door opened {a crack|slowly}. \"{What do you want?|Who is it?}\" said the old <old>. \"{I have brought you <gift>|This is for you},\" said <name>. ",
                "The <old> {said nothing for a while|blinked|wiped <old.2> eyes}. \"{Nobody has knocked here for years|Come in|How kind of you},\" <old.1> said. [There was tea, and a clock ticked on the wall. ]",
                "{From then on, <name> came every week|<Name> came back the next day, and the day after}. The <old> told stories about <sight> and taught <him> <skill>. ",
                "Soon {the shutters stood open|there was smoke from the chimney again}, and {other children came as well|the <old> even sang at work}. ",
            ],
            End = "{The old <old> was not lonely any more.|<Name> and the old <old> became friends.}",
            Questions =
            [
                ("{Whom did <name> visit?|Who was lonely?}", "<Name> visited an old <old>."),
                ("{What did <name> bring?|What was the present?}", "<Name> brought <gift>."),
                ("{What did <name> learn?|What did the <old> teach <him>?}", "<He> learned <skill>."),
                ("{Where did the <old> live?|Where was the house?}", "The <old> lived near <spot>."),
            ],
        },
    ];
}
