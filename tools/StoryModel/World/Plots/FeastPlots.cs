namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Feasts, races, and lessons about oneself.</summary>
static class FeastPlots
{
    internal static readonly Plot[] All =
    [
        new("birthday", "thinks that everybody forgot <his> birthday", "a forgotten birthday")
        {
            HasFriend = true,
            Variables = new()
            {
                ["gift"] = ["a music box", "a pair of red boots", "a paint box", "a small telescope", "a book of songs", "a wooden train"],
                ["excuse"] = ["I have to wash my hair", "I must clean the cellar", "I am looking for my left sock", "I have to count the spoons"],
            },
            Acts =
            [
                "It was <name>'s birthday. {<He> woke up early|<He> jumped out of bed} and {waited for somebody to say it|listened for a song}. But {nobody said a word|nobody sang}. ",
                "<He> {went to see|met} <friend>, a <friend.kind>. \"{Do you know what day it is?|Is today not a special day?}\" asked <name>. \"{No idea|It is a day like any other},\" said <friend>. \"<Excuse>.\" ",
                "{All day it went like that|The others had no time either}. {They whispered and ran away|They hid something behind their backs}. \"{They have all forgotten me|Nobody thinks of me},\" {said|thought} <name>. <@sad>",
                "In the evening, <he> walked {slowly|alone} to <spot>. {Everything was dark|There was no light at all}. Then, {all at once|suddenly}, lights went on everywhere! \"{Happy birthday|Surprise}!\" {they all shouted|many voices shouted}. ",
                "There were {lanterns|paper stars} in every colour, and a cake {as big as a wheel|with candles on it}. <Friend> gave <him> <gift>. \"{It was so hard to keep it secret|Did you really think we forgot?|I am a bad liar, am I not?},\" said <friend>. ",
                "They {danced|sang and danced} until {midnight|the candles were small}. {<Name> had never been so happy|It was the best birthday of all}. ",
            ],
            End = "{They had not forgotten: there was a big party for <name>.|The others surprised <name> with a party.}",
            Questions =
            [
                ("{Why was <name> sad?|Why was <he> sad?}", "<He> thought that everybody had forgotten <his> birthday."),
                ("{What did <name> get?|What did <friend> give to <name>?}", "<Friend> gave <him> <gift>."),
                ("{Where was the party?|Where was the surprise?}", "It was at <spot>."),
                ("{What did <friend> say?|What was <friend>'s excuse?}", "<Friend> said: \"<Excuse>.\""),
            ],
        },
        new("lie", "told a lie about a broken <thing>", "a lie")
        {
            HasFriend = true,
            Variables = new()
            {
                ["thing"] = ["vase", "window", "blue cup", "lamp", "mirror", "clay jug"],
                ["work"] = ["swept the yard", "carried wood", "picked berries to sell", "washed the dishes"],
            },
            Acts =
            [
                "<@day>, <name> {played ball|jumped about} where <he> should not. Crash! {The <thing> was broken|The <thing> lay there in pieces}. ",
                "\"{Who did this?|How did this happen?}\" asked <his> mother. <Name> {was afraid|turned hot and cold}. \"{It was <friend>|I saw <friend> do it},\" <he> said. <Friend> was the <friend.kind> from next door. ",
                "So <friend> was {sent away|scolded}, and nobody {would play with <friend.him>|believed <friend.him>}. <Name> saw <friend.him> sitting near <spot>, {all alone|with red eyes}. ",
                "{That night, <name> could not sleep|<Name> could not eat <his> supper}. The lie {lay in <his> tummy like a stone|was heavy as lead}. \"{I must tell the truth|I have to put it right},\" <he> thought. ",
                "<He> {went to <his> mother|woke <his> mother}. \"{It was not <friend>. It was me|I broke the <thing>, and I lied},\" <he> {whispered|said}. <His> mother {was quiet for a while|took <his> hand}. \"{That was hard to say|It was brave to tell me},\" she said. \"{Now tell <friend> too|You know where to go next}.\" ",
                "<Name> ran to <friend> and {said sorry|asked <friend.him> to forgive <him>}. For a whole week, <he> <work> to pay for a new <thing>. {<Friend> helped on the last day|And guess who helped? It was <friend>}. {The stone in <his> tummy was gone|<Name> felt light again}. ",
            ],
            End = "{<Name> told the truth and said sorry.|In the end, <name> told the truth, and <friend> forgave <him>.}",
            Questions =
            [
                ("{What was broken?|What did <name> break?}", "<Name> broke the <thing>."),
                ("{Who was blamed?|Whom did <name> blame?}", "<Name> said that <friend> had done it."),
                ("{What did <name> do to pay for it?|How did <name> pay for the <thing>?}", "<He> <work>."),
                ("{Why could <name> not be happy?|Why did <name> feel bad?}", "<He> had told a lie."),
            ],
        },
        new("race", "wants to win the race", "a race")
        {
            HasFriend = true,
            Variables = new()
            {
                ["prize"] = ["a golden cup", "a crown of flowers", "a basket of pears", "a silver bell"],
                ["hurt"] = ["twisted <friend.his> foot", "fell into a ditch", "got stuck in the mud", "stepped on a thorn"],
            },
            Acts =
            [
                "Every year there was a big race, and the winner got <prize>. <Name> {wanted to win more than anything|had trained since spring}. <He> {ran every morning|ran up and down past <sight>}. ",
                "\"{Ready, steady, go|One, two, three, go}!\" {The race began|Off they went}. {Soon only two were in front|Two were faster than all the others}: <name> and <friend>, a {quick|long-legged} <friend.kind>. ",
                "{Side by side they ran|Nose to nose they ran} as far as <spot>. There <friend> <hurt> and {cried out|could not go on}. {The way was free|Now nobody was ahead of <name>}! <He> could already see the {finish|end}. ",
                "{<Name> slowed down|<Name> ran three steps, and stopped}. {<He> looked ahead, and <he> looked back|<His> head said run, and <his> heart said turn}. Then <he> went back to <friend>. \"{Lean on me|Hold on to me},\" <he> said. ",
                "{Step by step|Slowly}, they came to the finish together. {They were the very last|All the others were there before them}. But {nobody looked at the winner|everyone cheered for them}. ",
                "The {winner|first one} came and {gave them <prize>|put <prize> in their hands}. \"{I was only fast|Anybody can be fast, but you two have earned it|This belongs to you},\" {he|she} said. ",
            ],
            End = "{<Name> helped <friend>, and they got <prize>.|<Name> came in last, but got <prize> for helping <friend>.}",
            Questions =
            [
                ("{What did <name> want?|What did <name> hope for?}", "<Name> wanted to win the race."),
                ("{What happened to <friend>?|Why did <friend> stop?}", "<Friend> <hurt>."),
                ("{What was the prize?|What did the winner get?}", "The prize was <prize>."),
                ("{Whom did <name> help?|Who is <friend>?}", "<Name> helped <friend>, a <friend.kind>."),
            ],
        },
        new("sleepless", "cannot fall asleep", "not being able to sleep")
        {
            HasHelper = true,
            Variables = new()
            {
                ["count"] = ["sheep/they all bleated", "stars/there were too many", "<his> fingers/<he> ran out of them", "clouds/they did not stand still"],
                ["end"] = ["the day the rain forgot to stop", "a snail on a long journey", "a boat made of feathers", "the wind and its mother"],
            },
            Acts =
            [
                "It was late, {but <name> could not fall asleep|and <name> lay awake}. {<He> turned to the left and to the right|The pillow was too hot, and the blanket was too short}. {Outside, everything was still|Only the clock ticked}. ",
                "<He> tried to count <count>, but <count.1>. <He> {drank a glass of water|drank warm milk}, but then <he> {had to get up again|was more awake than before}. ",
                "{At last, <he> went outside|<He> put on a coat and went out}. The moon shone on <spot>, and {there sat|there stood} a <helper>. \"{Can you not sleep either?|So late, and still awake?}\" asked the <helper>. ",
                "\"{My head is too full|I think and think and think},\" said <name>. \"{Then give me your thoughts one by one|Tell me what is in it},\" said the <helper>. So <name> told all about {the day|everything}: {the good and the bad|what was fun and what was not}. ",
                "With each word, {<he> felt lighter|<his> head grew lighter}. \"{And now it is my turn|Now listen},\" said the <helper>, and began the story of <end>. It was a {slow|soft} story, {as slow as the river|as soft as wool}. ",
                "<Name> never heard how it ended. {<His> eyes closed|<He> yawned once, and then again, and was asleep}. The <helper> {carried <him> to bed|tucked <him> in} very quietly. ",
            ],
            End = "{In the end, <name> fell asleep.|<Name> fell asleep while the <helper> told a story.}",
            Questions =
            [
                ("{What was wrong with <name>?|Why did <name> get up?}", "<Name> could not fall asleep."),
                ("{Who helped <name>?|Whom did <name> meet?}", "<He> met a <helper>."),
                ("{What was the helper's story about?|Which story did the <helper> tell?}", "It was the story of <end>."),
                ("{What did <name> count?|What did <he> try to count?}", "<He> tried to count <count>."),
            ],
        },
        new("too-small", "feels too small", "being small")
        {
            HasHelper = true,
            Variables = new()
            {
                ["trick"] = ["stood on a box", "hung from a branch", "ate three plates of spinach", "wore two hats at once"],
                ["key"] = ["the key/into the drain/for the store room", "the ring/behind the oven/of the mayor", "the last coin/under the steps/for the bread", "the kitten/into a pipe/of the innkeeper"],
            },
            Acts =
            [
                "<Name> was smaller than all the others. \"{You cannot play, you are too small|You cannot reach that|Come back when you have grown},\" they said. <He> <trick> to grow, but {it did not help|nothing happened}. ",
                "\"{How can I get big?|I want to be big},\" <he> said to a <helper> near <spot>. \"{Everyone is the right size for something|Wait and see. There are days for small ones too},\" said the <helper>. ",
                "<@day>, {there was great trouble|everybody was upset}. <Key> <key.2> had fallen <key.1>! {The strong ones pulled|They tried with sticks and hooks}. {The tall ones stretched their arms|The big ones pushed and grunted}. {Nobody could get in|All were too big}. ",
                "\"{Let me try|I think I fit in there},\" said <name>. {Some laughed|They looked down at <him>}. But <he> {took a breath|made <himself> thin} and {crept|slipped} inside. {It was dark and tight|There were spiders and dust}. ",
                "{A moment later|Everyone waited}, and then <he> came out again {with dust on <his> nose|as grey as a mouse}, and in <his> hands <he> held <key>! ",
                "They {lifted <him> up|carried <him> on their shoulders}, and {for once, <he> was the tallest of all|from up there, <he> could see <sight>}. The <helper> {winked|smiled} at <him>. \"{What did I tell you?|Just the right size},\" said the <helper>. ",
            ],
            End = "{<Name> got <key> back because <he> was small.|It was good that <name> was small, for <he> could get <key>.}",
            Questions =
            [
                ("{Why was <name> sad?|What was <name>'s problem?}", "<Name> felt too small."),
                ("{What did <name> do to grow?|What did <name> try first?}", "<He> <trick>."),
                ("{What had fallen?|What did <name> bring back?}", "<Name> brought back <key>."),
                ("{Who gave <name> advice?|Who talked to <name>?}", "A <helper> talked to <him>."),
            ],
        },
        new("boast", "boasts too much", "boasting")
        {
            HasFriend = true,
            Variables = new()
            {
                ["boast"] = ["lift a cow/lift a bucket", "catch a bear/catch a cold", "swim across the sea/swim across a puddle", "jump over a house/jump over a hat", "eat twenty pies/eat three pies"],
                ["beast"] = ["wild bull", "angry goose", "big dog", "huge boar"],
            },
            Acts =
            [
                "<Name> liked to boast. \"I can <boast>,\" <he> {told everyone|said every day}. {The others rolled their eyes|Nobody dared to ask}. Only <friend>, a {quiet|small} <friend.kind>, asked {softly|each time}, \"Really?\" ",
                "<@day>, a <beast> {got loose|came running} and stood {right before|close to} <spot>. {The little ones screamed|All ran to and fro}. \"{You can <boast>, so do something|Now show us what you can do},\" they said to <name>. ",
                "<Name> {opened <his> mouth, but no word came out|turned as white as chalk}. Then <he> hid in a barrel. ",
                "But <friend> {walked up to the <beast>|took a step forward}, {slowly|very calmly}. \"{You are only hungry|Are you lost?},\" <friend.he> said, and held out {some bread|some corn}. The <beast> {sniffed and ate|became as tame as a lamb}. ",
                "<Name> came out {with a red face|and looked at the ground}. \"{I was not brave at all|I cannot <boast>. I can only <boast.1>},\" <he> said. {Everybody laughed, but in a friendly way|It was quiet for a moment, and then all laughed, and <name> too}. ",
                "\"{That was brave to say|Now I like you better},\" said <friend>. {They became good friends|After that, they were often seen together}. {And when <name> wanted to boast, <he> bit <his> tongue|And <name> boasted only about <friend>}. ",
            ],
            End = "{<Name> stopped boasting, and <friend> became a good friend.|<Friend> calmed the <beast>, and <name> stopped boasting.}",
            Questions =
            [
                ("{What did <name> say <he> could do?|What did <name> boast about?}", "<Name> said that <he> could <boast>."),
                ("{Who was really brave?|Who calmed the <beast>?}", "<Friend> the <friend.kind> was brave."),
                ("{Where did <name> hide?|What did <name> do when the <beast> came?}", "<Name> hid in a barrel."),
            ],
        },
        new("lantern", "made a <light> for the lantern feast", "the lantern feast")
        {
            Kinds = World.Kinds.Everyone,
            HasFriend = true,
            Variables = new()
            {
                ["light"] = ["fish lantern", "sun lantern", "owl lantern", "ship lantern", "tulip lantern"],
                ["accident"] = ["fell into the water", "caught fire", "was torn by the wind", "got wet in the rain"],
            },
            Acts =
            [
                "Soon it would be the night of the lantern feast. <Name> had worked {for a whole month|since summer} on a <light>, {with paper and wire|cut from fine paper}. {It was beautiful|It was the finest <he> had ever made}. ",
                "On the way to the feast, <he> met <friend>, a {small|sad} <friend.kind> with {empty hands|no light at all}. \"My lantern <accident>,\" said <friend>. \"{Now I have to stay at home|I cannot walk with the others}.\" ",
                "<Name> {looked at <his> <light>|thought about it}. {One lantern and two friends, that is hard|It was so beautiful, and <he> had worked so long}. Then <he> said, \"{You hold it on the way there, and I on the way back|We can both hold it. The stick is long enough}.\" ",
                "<Friend>'s {eyes shone|face lit up}. Together they {walked|marched} past <spot> with all the others. {A hundred lights moved through the dark|It looked like a river of lights}, and {everybody sang|drums and flutes played}. ",
                "\"{Look, the <light>|Who made the <light>?|How fine that one is}!\" {people|many} said. \"<Name> made it,\" said <friend> {proudly|every time}. ",
                "At the end, {they let the lights go out one by one|they sat and watched the last lights}. \"{Next year, I will help you to make two|I will never forget this night},\" said <friend>. ",
            ],
            End = "{<Name> and <friend> carried the lantern together.|<Name> shared the <light> with <friend>.}",
            Questions =
            [
                ("{What did <name> make?|What kind of lantern was it?}", "<Name> made a <light>."),
                ("{What happened to <friend>'s lantern?|Why had <friend> no lantern?}", "<Friend>'s lantern <accident>."),
                ("{Whom did <name> meet?|Who is <friend>?}", "<Name> met <friend>, a <friend.kind>."),
            ],
        },
    ];
}
