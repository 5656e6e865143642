using System.Text.Json;
using Millrace.Tokenization.HuggingFace;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Small tokenizers of every kind, whose vocabularies are made so that texts of few letters meet every rule.</summary>
static class SmallTokenizers
{
    public const string Added = """
        [{"id":0,"content":"<unk>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
         {"id":1,"content":"<s>","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},
         {"id":2,"content":"</s>","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":true},
         {"id":900,"content":"<mask>","single_word":false,"lstrip":true,"rstrip":false,"normalized":false,"special":true},
         {"id":901,"content":"<mask>x","single_word":false,"lstrip":true,"rstrip":true,"normalized":false,"special":false},
         {"id":902,"content":"ab","single_word":true,"lstrip":false,"rstrip":false,"normalized":true,"special":false},
         {"id":903,"content":"Bc","single_word":false,"lstrip":true,"rstrip":true,"normalized":true,"special":false},
         {"id":904,"content":"  ","single_word":false,"lstrip":false,"rstrip":true,"normalized":false,"special":false}]
        """;

    public const string Template = """
        {"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>","type_id":0}},{"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"</s>","type_id":0}}],
         "pair":[],"special_tokens":{"<s>":{"id":"<s>","ids":[1],"tokens":["<s>"]},"</s>":{"id":"</s>","ids":[2],"tokens":["</s>"]}}}
        """;

    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["bpe"] = TestTokenizerJson.Make(Bpe(), addedTokens: Added, postProcessor: Template),
        ["bpe that ignores merges"] = TestTokenizerJson.Make(Bpe("\"ignore_merges\":true"), addedTokens: Added),
        ["bpe that fuses unknowns"] = TestTokenizerJson.Make(Bpe("\"fuse_unk\":true"), preTokenizer: """{"type":"WhitespaceSplit"}"""),
        ["bpe with bytes"] = TestTokenizerJson.Make(Bpe("\"byte_fallback\":true,\"fuse_unk\":true"), decoder: """{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"content":" "},{"type":"ByteFallback"},{"type":"Fuse"},{"type":"Strip","content":" ","start":1,"stop":0}]}"""),
        ["bpe without unknown"] = TestTokenizerJson.Make(Bpe(unknown: "null"), normalizer: """{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},{"type":"Replace","pattern":{"String":" "},"content":"▁"}]}""", addedTokens: Added),
        ["bpe with affixes"] = TestTokenizerJson.Make(AffixBpe(), preTokenizer: """{"type":"Whitespace"}""", normalizer: """{"type":"Lowercase"}""", addedTokens: Added),
        ["wordpiece"] = TestTokenizerJson.Make(WordPiece(), normalizer: """{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,"strip_accents":null,"lowercase":true}""", preTokenizer: """{"type":"BertPreTokenizer"}""",
            postProcessor: """{"type":"BertProcessing","sep":["</s>",2],"cls":["<s>",1]}""", decoder: """{"type":"WordPiece","prefix":"##","cleanup":true}""", addedTokens: Added),
        ["wordlevel"] = TestTokenizerJson.Make("""{"type":"WordLevel","vocab":{"<unk>":0,"a":3,"b":4,"ab":7,"▁ab":12},"unk_token":"<unk>"}""", preTokenizer: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""",
            decoder: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""", addedTokens: Added),
        ["unigram"] = TestTokenizerJson.Make(Unigram("false"), preTokenizer: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", postProcessor: """{"type":"Sequence","processors":[{"type":"RobertaProcessing","sep":["</s>",2],"cls":["<s>",1],"trim_offsets":true,"add_prefix_space":true},{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true}]}""",
            decoder: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"always"}""", addedTokens: Added),
        ["unigram with bytes"] = TestTokenizerJson.Make(Unigram("true"), normalizer: """{"type":"NFKC"}""", addedTokens: Added),
        ["unigram at the start alone"] = TestTokenizerJson.Make(Unigram("false"), normalizer: """{"type":"Strip","strip_left":true,"strip_right":true}""", preTokenizer: """{"type":"Metaspace","replacement":"▁","prepend_scheme":"first"}""", addedTokens: Added),
        ["bpe whose merges make control tokens"] = TestTokenizerJson.Make("""
            {"type":"BPE","vocab":{"<unk>":0,"<s>":1,"</s>":2,"a":3,"b":4,"<":5,"s":6,">":7,"s>":8,"/":9,"</":10},"merges":["s >","< s>","< /","</ s>"],"unk_token":"<unk>"}
            """, addedTokens: Added),
        ["wordlevel of control tokens"] = TestTokenizerJson.Make("""{"type":"WordLevel","vocab":{"<unk>":0,"<s>":1,"</s>":2,"a":3},"unk_token":"<unk>"}""", preTokenizer: """{"type":"Split","pattern":{"Regex":"<.*?>|."},"behavior":"Isolated","invert":false}""", addedTokens: Added),
        ["byte-level normalizer"] = TestTokenizerJson.Make(ByteLevelBpe(), normalizer: """{"type":"ByteLevel"}""", decoder: """{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true}""", addedTokens: Added),
    };

    /// <summary>Loads tokenizer.json, and other files given as name and content, from a folder of their own.</summary>
    public static HuggingFaceTokenizer Load(string json, params (string Name, string Content)[] files)
    {
        string folder = Directory.CreateTempSubdirectory("millrace-tokenizer-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(folder, "tokenizer.json"), json);
            foreach ((string name, string content) in files)
            {
                File.WriteAllText(Path.Combine(folder, name), content);
            }

            return HuggingFaceTokenizer.Load(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string Bpe(string options = "\"fuse_unk\":false", string unknown = "\"<unk>\"") => $$"""
        {"type":"BPE","dropout":null,"unk_token":{{unknown}},"continuing_subword_prefix":null,"end_of_word_suffix":null,{{options}},
         "vocab":{"<unk>":0,"<s>":1,"</s>":2,"a":3,"b":4,"c":5," ":6,"▁":7,"é":8,"ab":9,"bc":10,"abc":11,"aa":12,"aaa":13,"aaaa":14,"▁a":15,"ca":16,"cab":17,"xyz":18,"abcabc":19,{{Bytes(20)}}},
         "merges":["a b","b c","a a","ab c","a bc","aa a","aa aa","▁ a","c a","ca b","a b"]}
        """;

    static string AffixBpe() => """
        {"type":"BPE","dropout":null,"unk_token":"<unk>","continuing_subword_prefix":"##","end_of_word_suffix":"</w>","fuse_unk":false,"byte_fallback":false,
         "vocab":{"<unk>":0,"a":1,"##a":2,"##a</w>":3,"a</w>":4,"b":5,"##b":6,"##b</w>":7,"b</w>":8,"ab":9,"ab</w>":10,"##ab</w>":11,"##c":12,"##c</w>":13,"aba":14,"c":15},
         "merges":[["a","##b"],["##a","##b</w>"],["a","##b</w>"],["ab","##a"]]}
        """;

    static string ByteLevelBpe() => $$"""
        {"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":"","end_of_word_suffix":"","fuse_unk":false,"byte_fallback":false,
         "vocab":{{{ByteAlphabet()}}, "aa":256,"ab":257,"Ġa":258,"Ã©":259},"merges":["a a","a b","Ġ a","Ã ©"]}
        """;

    static string WordPiece() => """
        {"type":"WordPiece","unk_token":"<unk>","continuing_subword_prefix":"##","max_input_chars_per_word":12,
         "vocab":{"<unk>":0,"<s>":1,"</s>":2,"a":3,"b":4,"ab":5,"##a":6,"##b":7,"##bc":8,"##":9,"c":10,"##c":11,"!":12,".":13,"'":14,"中":15,"aba":16,"e":17,"do":18,"not":19,"s":20,"##é":21}}
        """;

    static string Unigram(string bytes) => $$"""
        {"type":"Unigram","unk_id":0,"byte_fallback":{{bytes}},"vocab":[["<unk>",0.0],["<s>",0.0],["</s>",0.0],["a",-2.0],["b",-2.5],["ab",-3.0],["▁",-1.5],["▁a",-2.25],["abc",-4.0],["c",-5.5],["bc",-4.25],["aa",-3.5],["é",-6.0],
         ["aa",-3.25],["xy",-30.0],["▁ab",-3.75],[" ",-7.0],{{string.Join(',', Enumerable.Range(0, 256).Select(value => $"[\"<0x{value:X2}>\",-9.0]"))}}]}
        """;

    static string Bytes(int first) => string.Join(',', Enumerable.Range(0, 256).Select(value => $"\"<0x{value:X2}>\":{first + value}"));

    static string ByteAlphabet()
    {
        List<string> entries = [];
        int next = 0x100;
        for (int value = 0; value < 256; value++)
        {
            bool printable = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            entries.Add($"{JsonSerializer.Serialize(((char)(printable ? value : next++)).ToString())}:{value}");
        }

        return string.Join(',', entries);
    }
}
