namespace Millrace.Tokenization;

/// <summary>How the vocabularies of a family split text: the value of <c>tokenizer.ggml.pre</c>.</summary>
/// <param name="Patterns">The regular expressions, one applied after the other.</param>
/// <param name="IgnoreMerges">Whether a word that is a token is that token, whatever the merges make of it.</param>
/// <param name="AddBos">Whether a sequence begins with the BOS token where the file does not say.</param>
/// <param name="HasBos">Whether there is a BOS token where the file names none.</param>
/// <remarks>Source: llama.cpp's <c>llama_vocab::load</c> and <c>llm_tokenizer_bpe</c>. Where it has a splitter of its own in place of an expression, the expression here does what that splitter does. Its categories are those of Unicode 15.1; it looks for whitespace other than ASCII's by \s alone.</remarks>
sealed record PreTokenizerDefinition(string[] Patterns, bool IgnoreMerges = false, bool AddBos = false, bool HasBos = true)
{
    const string L = @"[\p{L}&&\p{Age=15.1}]";
    const string M = @"[\p{M}&&\p{Age=15.1}]";
    const string N = @"[\p{N}&&\p{Age=15.1}]";
    const string P = @"[\p{P}&&\p{Age=15.1}]";
    const string S = @"[\p{S}&&\p{Age=15.1}]";

    // A letter but not a-z, and a letter but not A-Z: how llama.cpp writes upper and lower case.
    const string Upper = $"[{L}&&[^a-z]]";
    const string Lower = $"[{L}&&[^A-Z]]";

    const string UpperOrMark = $"[[{L}{M}]&&[^a-z]]";
    const string LowerOrMark = $"[[{L}{M}]&&[^A-Z]]";

    const string Contraction = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    const string Word = $@"[^\r\n{L}{N}]?{L}+";
    const string Other = $@" ?[^\s{L}{N}]+[\r\n]*";
    const string Whitespace = @"\s*[\r\n]+|\s+(?!\S)|\s+";
    const string Cased = $@"[^\r\n{L}{N}]?{Upper}*{Lower}+{Contraction}?|[^\r\n{L}{N}]?{Upper}+{Lower}*{Contraction}?";

    const string Gpt2 = $@"'s|'t|'re|'ve|'m|'ll|'d| ?{L}+| ?{N}+| ?[^\s{L}{N}]+|\s+(?!\S)";
    const string Qwen2 = $"{Contraction}|{Word}|{N}|{Other}|{Whitespace}";
    const string UpTo3Digits = $"{N}{{1,3}}";
    const string Llama3 = $"{Contraction}|{Word}|{UpTo3Digits}|{Other}|{Whitespace}";
    const string Ideographs = "[一-龥぀-ゟ゠-ヿ]+";
    const string DeepSeekWords = $@"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{{|}}~][A-Za-z]+|[^\r\n{L}{P}{S}]?[{L}{M}]+";
    // Whitespace in the range is not of the class: llama.cpp has replaced it by ASCII's.
    const string EastAsian = @"[[一-龥ࠀ-一가-퟿]&&\S]+";
    const string Sentence = " ?[^(\\s|.,!?…。，、।۔،)]+";
    const string Han = @"[\x{3400}-\x{4DBF}\x{4E00}-\x{9FFF}\x{F900}-\x{FAFF}\x{20000}-\x{2A6DF}\x{2A700}-\x{2EBEF}\x{2F800}-\x{2FA1F}]";

    /// <summary>The definition of a name, or null.</summary>
    public static PreTokenizerDefinition? Find(string name) => name switch
    {
        "default" => new([$@"[{P}\$\+<=>\^~\|]+", Gpt2, $"{N}+", "[0-9][0-9][0-9]"]),
        "llama3" or "llama-v3" or "llama-bpe" or "falcon3" or "falcon-h1" or "pixtral" or "midm-2.0" or "lfm2" or "jina-v5-nano" => new([Llama3], IgnoreMerges: true, AddBos: true),
        "dbrx" or "smaug-bpe" => new([Llama3]),
        "glm4" or "chatglm-bpe" => new([Llama3], HasBos: false),
        "minicpm5" => new([UpTo3Digits, $"{Contraction}|{Word}|{N}+|{Other}|{Whitespace}"], IgnoreMerges: true),
        "gpt-2" or "phi-2" or "jina-es" or "jina-de" or "gigachat" or "jina-v2-es" or "jina-v2-de" or "a.x-4.0" or "mellum" or "modern-bert"
            or "jina-v1-en" or "jina-v2-code" or "roberta-bpe" or "exaone4" or "mpt" or "olmo" or "jais" or "trillion" or "granite-docling" => new([Gpt2]),
        "starcoder" or "refact" or "command-r" or "smollm" or "codeshell" or "exaone" or "minerva-7b" or "mellum2" => new([N, Gpt2]),
        "qwen2" or "deepseek-r1-qwen" or "kormo" or "f2llmv2" or "megrez" or "stablelm2" or "hunyuan" or "solar-open" or "grok-2" => new([Qwen2]),
        "qwen35" => new([$@"{Contraction}|[^\r\n{L}{N}]?[{L}{M}]+|{N}| ?[^\s{L}{M}{N}]+[\r\n]*|{Whitespace}"]),
        "ufakzeka" => new([$"{Word}|{N}|{Other}|{Whitespace}"]),
        "laguna" => new([@"[^\n]+|[\n]+", Qwen2]),
        "seed-coder" => new([$@"{Contraction}|{Word}|{N}| ?[^\s{L}{N}\r\n]+|{Whitespace}"]),
        "bailingmoe" or "bailingmoe2" or "llada-moe" => new([$@"'(?:[sSdDmMtT]|[lL][lL]|[vV][eE]|[rR][eE])|{Word}|{N}|{Other}|\s*[\r\n]|\s+(?!\S)|\s+"]),
        "exaone-moe" => new([$@"{Contraction}|[^\r\n{L}{N}]?(?:{L}{M}*(?: {L}{M}*)*)+|{N}| ?[^\s{L}{N}]+[\r\n/]?|\s*[\r\n]|\s+(?!\S)|\s+"]),
        "deepseek-llm" => DeepSeekLlm,
        "deepseek-coder" => new([@"[\r\n]", $@"\s?{L}+", $@"\s?{P}+", EastAsian, N]),
        "deepseek-v3" or "hunyuan-dense" or "joyai-llm" or "hy_v4" => new([UpTo3Digits, Ideographs, $@"{DeepSeekWords}| ?[{P}{S}]+[\r\n]*|{Whitespace}"]),
        "spark2_5" => new([UpTo3Digits, Ideographs, $@"{DeepSeekWords}| ?[{P}{S}]+|[\r\n]|\s+(?!\S)|\s+", N]),
        "falcon" => new([$@"[{P}\$\+<=>\^~\|`]+", Gpt2, "[0-9][0-9][0-9]"]),
        "gpt-4o" or "llama4" or "kanana2" or "talkie" or "minimax-m2" => new([$@"{Cased}|{UpTo3Digits}| ?[^\s{L}{N}]+[\r\n/]*|{Whitespace}"]),
        "granite-embed-multi-97m" => new([$@"[^\r\n{L}{N}]?{UpperOrMark}*{LowerOrMark}+{Contraction}?|[^\r\n{L}{N}]?{UpperOrMark}+{LowerOrMark}*{Contraction}?|{UpTo3Digits}| ?[^\s{L}{N}]+[\r\n/]*|{Whitespace}"], IgnoreMerges: true),
        "tekken" => new([$@"[^\r\n{L}{N}]?{Upper}*{Lower}+|[^\r\n{L}{N}]?{Upper}+{Lower}*|{N}| ?[^\s{L}{N}]+[\r\n/]*|{Whitespace}"], IgnoreMerges: true, AddBos: true),
        "youtu" => new([
            "[가-힣ㄱ-ㆎ]+|[！…“”‘’—：；，、-〿︰-﹏]+|[ㄅ-ㄯ]+|[一-龥぀-ゟ゠-ヿ]+",
            $@"[^\r\n{L}{N}]?[{L}{M}]+{Contraction}?|{N}| ?[^\s{L}{N}]+[\r\n/]*|{Whitespace}"], IgnoreMerges: true),
        "kimi-k2" => new([$"{Han}+|[^\\r\\n{L}{N}]?[{L}&&[^{Han}]]+{Contraction}?|{UpTo3Digits}|{Other}|{Whitespace}"]),
        "jais-2" => new([$@"{Contraction}|{Word}|{UpTo3Digits}|{Other}|\s*[\r\n]+|\s{{512}}(?!\S)|\s{{256}}(?!\S)|\s{{128}}(?!\S)|\s{{64}}(?!\S)|\s{{32}}(?!\S)|\s{{16}}(?!\S)|\s{{8}}(?!\S)|\s{{4}}(?!\S)|\s{{1,2}}(?!\S)|\s"]),
        "chameleon" => new(["<sentinel:[0-9]+>", "(IMGIMG)((A|B|C|D|E|F|G|H|I){1,4})Z", @"([\t\n]|    |  )", N, $@"[{P}!-/:-@\[-`{{-~]", Gpt2], AddBos: true),
        "poro-chat" or "bloom" or "gpt3-finnish" => new([Sentence]),
        "viking" => new([Sentence, N]),
        _ => null,
    };

    /// <summary>DeepSeek LLM's letters are those of cased scripts, without some alphabets that the list in its expression lacks.</summary>
    static PreTokenizerDefinition DeepSeekLlm => new([
        @"[\r\n]",
        @"\s?[[\p{Lu}\p{Ll}\p{Lt}]&&\p{Age=15.1}&&[^\x{560}-\x{588}\x{10C7}-\x{10FF}\x{1C80}-\x{1C88}\x{2D00}-\x{2D2D}\x{A790}-\x{AB6F}\x{10570}-\x{105BC}\x{16E40}-\x{16E7F}\x{1D400}-\x{1DFFF}]]+",
        @"\s?[!-/:-~！-／：-～‘-‟、-。]+",
        @"\s+\z",
        EastAsian,
        $"{N}+",
    ]);
}
