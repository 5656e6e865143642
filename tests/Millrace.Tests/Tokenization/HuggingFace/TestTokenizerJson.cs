using System.Text.Json.Nodes;

namespace Millrace.Tests.Tokenization.HuggingFace;

/// <summary>Small tokenizer.json files made for tests.</summary>
static class TestTokenizerJson
{
    public const string EmptyModel = """{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"vocab":{},"merges":[]}""";

    public static string Make(string model = EmptyModel, string normalizer = "null", string preTokenizer = "null", string postProcessor = "null", string decoder = "null", string addedTokens = "[]") =>
        JsonNode.Parse($$"""
            {"version":"1.0","truncation":null,"padding":null,"added_tokens":{{addedTokens}},"normalizer":{{normalizer}},
             "pre_tokenizer":{{preTokenizer}},"post_processor":{{postProcessor}},"decoder":{{decoder}},"model":{{model}}}
            """)!.ToJsonString();
}
