using Millrace.Formats;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Files that are refused, each with the place that is wrong.</summary>
public sealed class HostileTokenizerJsonTests
{
    const string Split = """{"type":"Split","pattern":{"Regex":"REGEX"},"behavior":"Isolated","invert":false}""";

    public static TheoryData<string, string, string> Parts => new()
    {
        { "normalizer", """{"type":"NFX"}""", "normalizer.type: expected a known normalizer, found \"NFX\"" },
        { "normalizer", """{}""", "normalizer.type: expected a value, found none" },
        { "normalizer", """[]""", "normalizer: expected an object, found an array of 0" },
        { "normalizer", """{"type":"Sequence","normalizers":[{"type":"NFC"},{"type":"Prepend"}]}""", "normalizer.normalizers[1].prepend: expected a value, found none" },
        { "normalizer", """{"type":"Sequence","normalizers":{}}""", "normalizer.normalizers: expected an array, found an object" },
        { "normalizer", """{"type":"Strip","strip_left":1,"strip_right":true}""", "normalizer.strip_left: expected a boolean, found 1" },
        { "normalizer", """{"type":"Replace","pattern":{"Regex":"(a"},"content":""}""", "normalizer.pattern.Regex: expected a regular expression, found regular expression at character 0: a group without an end: (a" },
        { "normalizer", """{"type":"Replace","pattern":{"Glob":"*"},"content":""}""", "normalizer.pattern.Regex: expected a value, found none" },
        { "normalizer", """{"type":"Replace","pattern":{"String":"a"},"content":"\ud800"}""", "normalizer.content: expected a string of whole characters, found \"\\ud800\"" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"!!"}""", "normalizer.precompiled_charsmap: expected a table in base64, found \"!!\"" },
        { "normalizer", """{"type":"Precompiled","precompiled_charsmap":"/////w=="}""", "normalizer.precompiled_charsmap: expected a table whose trie fits in 4 bytes" },
        { "pre_tokenizer", """{"type":"Magic"}""", "pre_tokenizer.type: expected a known pre-tokenizer, found \"Magic\"" },
        { "pre_tokenizer", Split.Replace("REGEX", @"\\1", StringComparison.Ordinal), @"pre_tokenizer.pattern.Regex: expected a regular expression, found regular expression at character 0: an unknown escape \1: \1" },
        { "pre_tokenizer", Split.Replace("REGEX", "(?:(?:a{9999}){9999}){9999}", StringComparison.Ordinal), "pre_tokenizer.pattern.Regex: expected a regular expression, found regular expression: more than 65536 instructions" },
        { "pre_tokenizer", Split.Replace("Isolated", "Merged", StringComparison.Ordinal), "pre_tokenizer.behavior: expected a known behavior, found \"Merged\"" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"__"}""", "pre_tokenizer.replacement: expected one character, found \"__\"" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"last"}""", "pre_tokenizer.prepend_scheme: expected \"first\", \"never\" or \"always\", found \"last\"" },
        { "pre_tokenizer", """{"type":"Metaspace","replacement":"_","prepend_scheme":"first","add_prefix_space":false}""", "pre_tokenizer.add_prefix_space: expected what prepend_scheme says, found false" },
        { "pre_tokenizer", """{"type":"FixedLength","length":0}""", "pre_tokenizer.length: expected at least 1, found 0" },
        { "pre_tokenizer", """{"type":"FixedLength","length":1e99}""", "pre_tokenizer.length: expected an integer from 0 to 1048576, found 1e99" },
        { "post_processor", """{"type":"Unknown"}""", "post_processor.type: expected a known post-processor, found \"Unknown\"" },
        { "post_processor", """{"type":"BertProcessing","sep":["x"],"cls":["y",1]}""", "post_processor.sep: expected a token and its id, found an array of 1" },
        { "post_processor", """{"type":"BertProcessing","sep":["x",-1],"cls":["y",1]}""", "post_processor.sep[1]: expected an integer from 0 to 8388607, found -1" },
        { "post_processor", """{"type":"TemplateProcessing","single":[{"Sequence":{"id":"B"}}],"special_tokens":{}}""", "post_processor.single[0].Sequence.id: expected \"A\", as there is one text, found \"B\"" },
        { "post_processor", """{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"<s>"}}],"special_tokens":{}}""", "post_processor.special_tokens.<s>: expected a value, found none" },
        { "decoder", """{"type":"CTC"}""", "decoder.type: expected a known decoder, found \"CTC\"" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"ByteFallback"}]}""", "decoder.decoders[1].type: expected Strip, Replace or Fuse after Fuse, found \"ByteFallback\"" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":" ","start":0,"stop":1}]}""", "decoder.decoders[1].stop: expected 0 after Fuse, as a stream does not know its end, found 1" },
        { "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","pattern":{"String":"ab"},"content":""}]}""", "decoder.decoders[1].pattern.String: expected one character, found \"ab\"" },
        { "added_tokens", """[{"id":1}]""", "added_tokens[0].content: expected a value, found none" },
        { "added_tokens", """[{"id":1e9,"content":"a"}]""", "added_tokens[0].id: expected an integer from 0 to 8388607, found 1e9" },
        { "added_tokens", """{}""", "added_tokens: expected an array, found an object" },
        { "model", """{"type":"CharModel"}""", "model.type: expected a known model, found \"CharModel\"" },
        { "model", """{"type":"BPE","vocab":{"a":0},"merges":[],"dropout":0.1}""", "model.dropout: expected no dropout, as ids would be random, found 0.1" },
        { "model", """{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b"]}""", "model.merges[0]: expected a merge of tokens of model.vocab into a token of it, found \"a b\"" },
        { "model", """{"type":"BPE","vocab":{"a":0,"b":1},"merges":["a b c"]}""", "model.merges[0]: expected two tokens with a space between, found \"a b c\"" },
        { "model", """{"type":"BPE","vocab":{"a":0},"merges":[["a"]]}""", "model.merges[0]: expected two tokens, found an array of 1" },
        { "model", """{"type":"BPE","vocab":{"a":0},"merges":[7]}""", "model.merges[0]: expected two tokens, found 7" },
        { "model", """{"type":"BPE","vocab":{"a":8388608},"merges":[]}""", "model.vocab[\"a\"]: expected an integer from 0 to 8388607, found 8388608" },
        { "model", """{"type":"BPE","vocab":{"a":8388607},"merges":[]}""", "model.vocab: expected ids with at most 1048576 left out, found 1 tokens and the id 8388607" },
        { "model", """{"type":"BPE","vocab":{"a":-1},"merges":[]}""", "model.vocab[\"a\"]: expected an integer from 0 to 8388607, found -1" },
        { "model", """{"type":"BPE","vocab":{"a":"0"},"merges":[]}""", "model.vocab[\"a\"]: expected an integer from 0 to 8388607, found \"0\"" },
        { "model", """{"type":"BPE","vocab":[],"merges":[]}""", "model.vocab: expected an object, found an array of 0" },
        { "model", """{"type":"BPE","vocab":{"a":0},"merges":[],"continuing_subword_prefix":"12345678901234567"}""", "model.continuing_subword_prefix: expected at most 16 bytes" },
        { "model", """{"type":"BPE","vocab":{"##":0,"#":1},"merges":["# #"],"continuing_subword_prefix":"##"}""", "model.merges[0]: expected a second part with continuing_subword_prefix" },
        { "model", """{"type":"Unigram","vocab":[["a"]],"unk_id":0}""", "model.vocab[0]: expected a token and its score, found an array of 1" },
        { "model", """{"type":"Unigram","vocab":[["a",-1.0]],"unk_id":1}""", "model.unk_id: expected an integer from 0 to 0, found 1" },
        { "model", """{"type":"Unigram","vocab":[["a",1e999]],"unk_id":0}""", "model.vocab[0][1]: expected a number, found 1e999" },
        { "model", $$"""{"type":"Unigram","vocab":[["{{new string('a', 2000)}}",-1.0]],"unk_id":0}""", "model.vocab: expected tokens of at most 1024 bytes, found one of 2000, number 0" },
        { "model", """{"type":"WordPiece","vocab":{"a":0},"unk_token":"a","continuing_subword_prefix":"##","max_input_chars_per_word":-5}""", "model.max_input_chars_per_word: expected an integer from 0 to 1048576, found -5" },
    };

    [Theory]
    [MemberData(nameof(Parts))]
    public void A_part_that_is_wrong_is_named_with_its_path(string part, string json, string message)
    {
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => SmallTokenizers.Load(Make(part, json)));
        Assert.Contains("tokenizer.json: " + message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "tokenizer.json: file")]
    [InlineData("[]", "expected a JSON object, found Array")]
    [InlineData("{\"model\":", "expected JSON")]
    [InlineData("{\"version\":\"1.0\",\"version\":\"1.0\"}", "version")]
    [InlineData("{}", "model: expected a value, found none")]
    [InlineData("{\"model\":{\"type\":\"BPE\",\"vocab\":{\"a\":0,\"a\":1},\"merges\":[]}}", "'a'")]
    public void A_file_that_is_no_tokenizer_is_refused(string json, string message)
    {
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => SmallTokenizers.Load(json));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{", "tokenizer_config.json")]
    [InlineData("{\"bos_token\":7}", "tokenizer_config.json: bos_token: expected a string, found 7")]
    [InlineData("{\"bos_token\":{}}", "tokenizer_config.json: bos_token.content: expected a value, found none")]
    public void A_wrong_file_beside_it_is_named(string json, string message)
    {
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => SmallTokenizers.Load(SmallTokenizers.All["bpe"], ("tokenizer_config.json", json)));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Deeply_nested_parts_do_not_overflow_the_stack()
    {
        string nested = string.Concat(Enumerable.Repeat("""{"type":"Sequence","normalizers":[""", 5000)) + string.Concat(Enumerable.Repeat("]}", 5000));
        Assert.Throws<ModelFormatException>(() => SmallTokenizers.Load(Make("normalizer", nested)));
    }

    [Theory]
    [InlineData("normalizer", """{"type":"Replace","pattern":{"String":"a"},"content":"aaaaaaaaaaaaaaaa"}""", "normalizers")]
    [InlineData("pre_tokenizer", """{"type":"ByteLevel","add_prefix_space":false,"use_regex":false}""", "pretokenizers")]
    public void A_text_that_is_made_to_grow_without_end_is_refused(string part, string item, string list)
    {
        var tokenizer = SmallTokenizers.Load(Make(part, $$"""{"type":"Sequence","{{list}}":[{{string.Join(',', Enumerable.Repeat(item, 60))}}]}"""));
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => tokenizer.Encode("aé"));
        Assert.Contains("normalizer and pre_tokenizer: expected a text that grows at most 64 times", exception.Message, StringComparison.Ordinal);
        Assert.Throws<ModelFormatException>(() => SmallTokenizers.Load(Make(part, $$"""{"type":"Sequence","{{list}}":[{{string.Join(',', Enumerable.Repeat(item, 65))}}]}""")));
    }

    [Fact]
    public void An_expression_that_takes_too_many_steps_is_the_files_fault()
    {
        var tokenizer = SmallTokenizers.Load(Make("pre_tokenizer", Split.Replace("REGEX", "(?:a+)+b", StringComparison.Ordinal)));
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => tokenizer.Encode(new string('a', 50_000)));
        Assert.Contains("expected expressions that match in linear time, found regular expression: more than", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_token_for_unknown_text_that_is_missing_is_an_error_where_it_is_needed()
    {
        var tokenizer = SmallTokenizers.Load(Make("model", """{"type":"BPE","vocab":{"a":0},"merges":[],"unk_token":"?"}"""));
        Assert.Equal([0], tokenizer.Encode("a"));
        ModelFormatException exception = Assert.Throws<ModelFormatException>(() => tokenizer.Encode("b"));
        Assert.Contains("model.unk_token: expected a token of the vocabulary for unknown text, found \"?\"", exception.Message, StringComparison.Ordinal);
    }

    static string Make(string part, string json)
    {
        string[] parts = ["added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"];
        return "{" + string.Join(',', parts.Select(name => $"\"{name}\":{(name == part ? json : name == "model" ? TestTokenizerJson.EmptyModel : "null")}")) + "}";
    }
}
