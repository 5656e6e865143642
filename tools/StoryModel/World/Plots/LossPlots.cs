namespace Millrace.Tools.StoryModel.World.Plots;

/// <summary>Things and ways that are lost, and found.</summary>
static class LossPlots
{
    internal static readonly Plot[] All =
    [
        new("lost-thing", "lost <his> <thing>", "a lost <thing>")
        {
            HasHelper = true,
            Variables = new()
            {
                ["thing"] =
                [
                    "kite/high up in a tree", "ball/under a bush", "red hat/on a branch", "silver key/in the mud",
                    "blue scarf/on a fence", "toy boat/in a puddle", "drum/behind a wall", "golden ring/in the grass",
                    "wooden horse/under some leaves", "little bell/in a bird's nest",
                ],
            },
            Acts =
            [
                "<Name> had a <thing> that <he> {loved very much|liked more than anything|took everywhere|had got from <his> grandmother}. ",
                "{<@day>, <he> could not find it|But <@dayLower> the <thing> was gone}. <He> looked under <his> bed[ and behind the door], but {there was no <thing>|it was not there}. <@sad>",
                "{A <helper> saw <him> crying|A <helper> came by and stopped|Just then, a <helper> passed}. \"{Do not cry|Dry your tears|Do not give up},\" said the <helper>. \"{We will look for it together|Four eyes see more than two|Let us think. Where did you play yesterday?}\" ",
                "They {searched|looked} {all morning|for a long time|here and there}. [They looked near <sight>. ]Then they {came|went} to <spot>, and there, <thing.1>, was the <thing>! ",
                "{<Name> thanked the <helper> and {laughed|jumped for joy|held the <thing> tight}. |\"{There it is|I have it|Look}!\" cried <name>, and <he> hugged the <helper>. }",
                "[Since then, <he> {always puts the <thing> in the same place|takes better care of the <thing>|never leaves the <thing> behind}. ]",
            ],
            End = "{In the end, <name> found the <thing> <thing.1>.|<Name> and the <helper> found the <thing> <thing.1>.}",
            Questions =
            [
                ("{What did <name> lose?|What was lost?}", "<Name> lost <his> <thing>."),
                ("{Where was the <thing>?|Where did they find the <thing>?}", "The <thing> was <thing.1>."),
                ("{Who helped <him>?|Who helped <name>?}", "A <helper> helped <him>."),
                ("{Why was <name> sad?|Why was <he> sad?}", "<He> was sad because <he> had lost <his> <thing>."),
            ],
        },
        new("lost-way", "lost the way home", "losing the way home")
        {
            HasHelper = true,
            Variables = new() { ["bait"] = ["blue butterfly", "funny beetle", "red leaf in the wind", "white feather in the wind", "bright little bird"] },
            Acts =
            [
                "<@day>, <name> followed a <bait>[ past <spot>]. <He> followed it {on and on|farther and farther|without looking back}. ",
                "When the <bait> was gone, <he> {looked around|stopped}. {Nothing looked the same|<He> did not know the path|Every path looked the same}. <He> had lost the way home! ",
                "[It was getting {dark|late|cold}. ]<He> sat down and {began to cry|did not know what to do|called for <his> mother}. ",
                "{\"Why are you {sad|so sad|crying}?\" asked a <helper>|A <helper> heard <him> and came closer. \"Are you lost?\" <helper.he> asked}. \"I {cannot find my way home|do not know where I live any more},\" said <name>. ",
                "\"{Tell me what you can see from your door|What is near your home?}\" said the <helper>. \"<Sight>,\" said <name>. \"{Then I know the way|That is not far}!\" said the <helper>. ",
                "{Together they walked {back|through the evening}|The <helper> took <him> by the hand}, and soon <name> saw <his> {own <home>|mother waiting at the door|mother running to meet <him>}. ",
            ],
            End = "{The <helper> brought <name> home.|In the end, <name> came home with the <helper>.}",
            Questions =
            [
                ("{What did <name> follow?|Why did <he> get lost?}", "<He> followed a <bait>."),
                ("{Who helped <name>?|Who showed <him> the way?|Who brought <him> home?}", "A <helper> helped <him> to get home."),
                ("{Why was <name> sad?|Why was <he> sad?}", "<He> was sad because <he> had lost the way home."),
            ],
        },
        new("broken-kite", "broke <his> kite", "a broken kite")
        {
            HasFriend = true,
            Variables = new()
            {
                ["colour"] = ["red", "blue", "yellow", "green", "orange", "white"],
                ["patch"] = ["an old shirt", "a paper bag", "a piece of cloth", "a torn map", "a blue ribbon and some paper"],
            },
            Acts =
            [
                "<Name> had a <colour> kite with a long tail. {<@day>, the wind was just right|It was a windy day}, and <he> ran {to <spot>|up and down} to let it fly. ",
                "The kite {rose|climbed} higher and higher, {above <sight>|up to the clouds}. Then {there was a crack|the wind pulled too hard|the string got caught}, and the kite {fell to the ground|came down with a bump}. ",
                "It was {broken|torn}. <@sad>",
                "<Friend>, a <friend.kind> who lived nearby, {saw it all|came running}. \"{We can mend it|It is only a hole|Let me see},\" said <friend>. \"{We only need|Give me} <patch>{| and a little glue}.\" ",
                "They {cut and glued|worked side by side|worked all afternoon}. When they were done, the <colour> kite looked {a bit funny|better than before|like a bird with a patch}. ",
                "They {carried it outside|tried it at once|held their breath}, and {up it went|it flew again|the wind took it}! \"{Hurray|It flies|Look at it go}!\" {cried|shouted} <name>. ",
                "[After that, <name> and <friend> {took turns with the string|flew it together every windy day}. ]",
            ],
            End = "{<Name> and <friend> mended the kite, and it flew again.|<Friend> helped to mend the kite with <patch>.}",
            Questions =
            [
                ("{What colour was the kite?|What did the kite look like?}", "The kite was <colour>."),
                ("{Who helped <name>?|Who mended the kite with <him>?}", "<Friend> the <friend.kind> helped <him>."),
                ("{How did they mend the kite?|What did they use?}", "They mended it with <patch>."),
                ("{Why was <name> sad?|What was broken?}", "{The kite was broken.|<His> kite was broken.}"),
            ],
        },
        new("found-chick", "found a lost <baby>", "a lost <baby>")
        {
            Kinds = World.Kinds.Everyone,
            Variables = new()
            {
                ["baby"] = ["duckling/quack/duck", "chick/peep/hen", "little owl/hoo/owl", "baby swan/squeak/swan", "little crow/caw/crow"],
                ["food"] = ["some crumbs", "a few seeds", "a bit of bread", "some soft corn", "a spoon of porridge"],
            },
            Acts =
            [
                "<@day>, <name> heard a {small|thin|tiny} sound near <spot>. \"<Baby.1>, <baby.1>!\" it went. ",
                "<He> {bent down|looked closer|pushed the leaves aside} and found a <baby>. It was {all alone|cold and wet|shaking with cold}. ",
                "\"{Where is your mother?|Are you lost, little one?|Oh, you poor thing!}\" said <name>. <He> {put it in <his> pocket to keep it warm|wrapped it in a {soft|warm} cloth|warmed it with both hands} and gave it <food>. ",
                "{Then they|Together they} went from {door to door|one end of <place> to the other} and asked everyone. [\"Have you seen a <baby.2>?\" <name> asked. ]{Nobody knew|Some said no, some did not know}. ",
                "{Then, far away, a <baby.2> called|At last, they heard a <baby.2> call}. The <baby> {jumped up|called back} and ran as fast as it could. ",
                "The mother {spread her wings|was so glad that she danced|looked at <name> with thankful eyes}. [\"You have a {good|big} heart,\" she said. ]<Name> {waved|smiled} until {they were gone|both were out of sight}. ",
            ],
            End = "{The <baby> found its mother.|In the end, <name> brought the <baby> back to its mother.}",
            Questions =
            [
                ("{What did <name> find?|Who was lost?}", "<Name> found a <baby>."),
                ("{What did the <baby> eat?|What did <name> give the <baby>?}", "<Name> gave it <food>."),
                ("{Where did <name> find the <baby>?|Where was the <baby>?}", "<He> found it near <spot>."),
            ],
        },
        new("missing-cake", "looked for a missing <cake>", "a missing <cake>")
        {
            Kinds = World.Kinds.Everyone,
            HasFriend = true,
            Variables = new()
            {
                ["cake"] = ["apple pie/apple", "cherry cake/cherry", "honey cake/honey", "plum tart/plum", "nut cake/nut"],
                ["clue"] = ["a row of crumbs", "small sticky footprints", "a trail of sugar"],
            },
            Acts =
            [
                "<Name> had {made|baked} a <cake> and put it {on the window sill|by the open window} to cool. When <he> came back, {it was gone|the plate was empty}! ",
                "\"{Who has taken my <cake>?|That is strange!|Pies and cakes do not walk!}\" said <name>. {Then <he> saw|On the ground <he> found} <clue>. ",
                "<He> followed <clue.0> {past <sight>|step by step|very quietly}, all the way to <spot>. Behind it sat <friend>, a small <friend.kind>, with <cake.1> {on <friend.his> nose|all over <friend.his> face}. ",
                "\"I am sorry,\" said <friend>{ in a small voice|, and <friend.he> looked at the ground|}. \"I was so hungry, and it smelled so good.\" ",
                "<Name> {thought for a moment|looked at the <friend.kind>|could not be angry for long}. \"Next time, {just ask|knock at my door},\" <he> said. \"{A cake is for sharing|There is enough for two|I do not like to eat alone}.\" ",
                "They {ate the rest together|baked another one together, and <friend> did the stirring}. [Since then, <friend> came for {tea|supper} every Sunday, and <friend.he> always knocked. ]",
            ],
            End = "{<Friend> had eaten the <cake>, and <name> forgave <friend.him>.|<Name> found out that <friend> had taken the <cake>, and they became friends.}",
            Questions =
            [
                ("{Who took the <cake>?|Who had eaten it?}", "<Friend> the <friend.kind> took it."),
                ("{What was missing?|What did <name> bake?}", "It was {a <cake>|<name>'s <cake>}."),
                ("{What did <name> find?|How did <name> find the thief?}", "<He> {found|followed} <clue>."),
                ("{Why did <friend> take it?|Why did <friend> do it?}", "<Friend> was hungry."),
            ],
        },
        new("wind-hat", "ran after <his> <hat>", "a <hat> and the wind")
        {
            Kinds = World.Kinds.Everyone,
            Variables = new()
            {
                ["hat"] = ["straw hat", "green cap", "tall black hat", "woolly hat", "hat with a feather"],
                ["first"] = ["over a cow", "over a hedge", "through an open window and out again", "between two cats", "over the washing line"],
                ["user"] = ["bird/eggs/nest", "mouse/babies/bed", "hen/chicks/nest", "sparrow/eggs/home"],
            },
            Acts =
            [
                "<Name> never went out without <his> <hat>. {<@day>, a {strong|cheeky|sudden} wind came|But one day the wind blew hard} and {took it away|pulled it off <his> head}. ",
                "\"{Stop|Wait|Give it back}!\" {cried|shouted} <name> and ran. The <hat> flew <first>. Then it {rolled|danced|sailed} past <sight>. ",
                "<Name> ran until <he> was out of breath. At last, the wind {grew tired|lay down to rest}, and the <hat> fell near <spot>. ",
                "But when <he> came close, {somebody was sitting in it|it was not empty}. A <user> had {found it|jumped in} and was making it a <user.2> for her <user.1>! ",
                "\"{What a fine <user.2> this is|How warm it is in here|Somebody has sent me a <user.2>},\" sang the <user>. <Name> {scratched <his> head|opened <his> mouth and closed it again|had to smile}. ",
                "\"{Keep it|You may have it|You need it more than I do},\" <he> said. {<He> made <himself> a new one|Soon <he> had a new one}, {with a string under the chin|and <he> tied it on with a ribbon}. ",
            ],
            End = "{The <user> kept the <hat> as a <user.2>.|In the end, <name> gave the <hat> to a <user>.}",
            Questions =
            [
                ("{What did the wind take?|What did <name> run after?}", "The wind took <his> <hat>."),
                ("{Who was in the <hat>?|Who got the <hat>?}", "A <user> was in the <hat>."),
                ("{Where did the <hat> fall?|Where did it come down?}", "It fell near <spot>."),
            ],
        },
    ];
}
