using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>Finds the tokens with a role: from the keys of the file, else from well-known names; corrects the kinds of such tokens; and collects those that end an answer.</summary>
/// <remarks>Source: llama.cpp's <c>llama_vocab::load</c>, whose order of search among several names is that of a hash table; here the order below decides.</remarks>
sealed class SpecialTokenRules(ModelFile file, Vocabulary vocabulary)
{
    static readonly string[] EndOfTurn = ["<|eot_id|>", "<|im_end|>", "<|end|>", "<end_of_turn>", "<|endoftext|>", "<|end_of_text|>", "<EOT>", "_<EOT>", "[EOT]", "<｜end▁of▁sentence｜>", "<end_of_utterance>"];
    static readonly string[] EndOfMessage = ["<|eom_id|>"];
    static readonly string[] FillPrefix = ["<|fim_prefix|>", "<fim-prefix>", "<fim_prefix>", "<｜fim▁begin｜>", "<PRE>", "▁<PRE>", "<|code_prefix|>", "<|prefix|>"];
    static readonly string[] FillSuffix = ["<|fim_suffix|>", "<fim-suffix>", "<fim_suffix>", "<｜fim▁hole｜>", "<SUF>", "▁<SUF>", "<|code_suffix|>", "<|suffix|>"];
    static readonly string[] FillMiddle = ["<|fim_middle|>", "<fim-middle>", "<fim_middle>", "<｜fim▁end｜>", "<MID>", "▁<MID>", "<|code_middle|>", "<|middle|>"];
    static readonly string[] FillPadding = ["<|fim_pad|>", "<fim-pad>", "<fim_pad>", "<PAD>", "[PAD]"];
    static readonly string[] FillRepository = ["<|fim_repo|>", "<|repo_name|>", "<fim-repo>", "<REPO>", "<reponame>"];
    static readonly string[] FillFile = ["<|file_sep|>"];
    static readonly string[] Ending =
    [
        .. EndOfTurn, .. EndOfMessage, "<|return|>", "<|call|>", "<|flush|>", "<|calls|>", "</s>", "[EOS]", "<eos>", "<turn|>", "<|tool_response>", "[e~[",
    ];

    // The channels of gpt-oss are shown, not hidden.
    static readonly string[] Shown = ["<|channel|>", "<|message|>", "<|start|>", "<|constrain|>"];

    readonly HashSet<int> _ending = [];

    /// <summary>The roles and the ends of answers.</summary>
    /// <param name="defaults">The roles where the file names none.</param>
    /// <exception cref="ModelFormatException">A token is to be added that the vocabulary lacks.</exception>
    public (SpecialTokens Special, HashSet<int> EndOfGeneration) Apply(SpecialTokens defaults)
    {
        Metadata metadata = file.Metadata;
        SpecialTokens special = defaults with
        {
            Bos = Id("bos", defaults.Bos),
            Eos = Id("eos", defaults.Eos),
            Eot = Id("eot", null) ?? Named(EndOfTurn),
            Eom = Id("eom", null) ?? Named(EndOfMessage),
            Unknown = Id("unknown", defaults.Unknown),
            Separator = Id("seperator", defaults.Separator),
            Padding = Id("padding", defaults.Padding),
            Mask = Id("mask", defaults.Mask),
            AddBos = metadata.Bool("tokenizer.ggml.add_bos_token", defaults.AddBos),
            AddEos = metadata.Bool("tokenizer.ggml.add_eos_token", defaults.AddEos),
        };
        FindFillTokens();
        CollectEnding(special);
        ApplyModelQuirks(metadata);
        Demand(special.AddBos && special.Bos is null, "add_bos_token", "bos_token_id");
        Demand(special.AddEos && special.Eos is null, "add_eos_token", "eos_token_id");
        return (special, _ending);
    }

    void Demand(bool missing, string flag, string key)
    {
        if (missing)
        {
            throw new ModelFormatException(file.Path, $"tokenizer.ggml.{key}", -1, $"a token within the vocabulary, as {flag} asks for it", "none");
        }
    }

    /// <summary>The id of a role; one outside the vocabulary counts as none given.</summary>
    int? Id(string role, int? otherwise)
    {
        string key = $"tokenizer.ggml.{role}_token_id";
        otherwise = otherwise < vocabulary.Count ? otherwise : null;
        return file.Metadata[key] switch
        {
            null => otherwise,
            ulong or long or uint => Convert.ToDecimal(file.Metadata[key], null) is var id && id >= 0 && id < vocabulary.Count ? (int)id : otherwise,
            _ => file.Metadata.Int(key, min: int.MinValue) is var id && id >= 0 && id < vocabulary.Count ? id : otherwise,
        };
    }

    /// <summary>The first of the names that the vocabulary has; that token becomes a control token.</summary>
    int? Named(string[] names)
    {
        foreach (string name in names)
        {
            if (vocabulary.Find(name) is int id)
            {
                vocabulary.Attributes[id] |= TokenAttributes.Control;
                return id;
            }
        }

        return null;
    }

    void FindFillTokens()
    {
        _ = Id("fim_pre", null) ?? Id("prefix", null) ?? Named(FillPrefix);
        _ = Id("fim_suf", null) ?? Id("suffix", null) ?? Named(FillSuffix);
        _ = Id("fim_mid", null) ?? Id("middle", null) ?? Named(FillMiddle);
        AddEnding(Id("fim_pad", null) ?? Named(FillPadding));
        AddEnding(Id("fim_rep", null) ?? Named(FillRepository));
        AddEnding(Id("fim_sep", null) ?? Named(FillFile));
    }

    void CollectEnding(SpecialTokens special)
    {
        foreach (string name in Ending)
        {
            AddEnding(Named([name]));
        }

        foreach (string name in Shown)
        {
            if (vocabulary.Find(name) is int id)
            {
                vocabulary.Attributes[id] = TokenAttributes.UserDefined;
            }
        }

        AddEnding(special.Eos);
        AddEnding(special.Eot);
        AddEnding(special.Eom);

        // In the harmony format and its like, <|end|> ends a message and not the answer.
        if (Ends("<|end|>") is int end && (Ends("<|call|>") ?? Ends("<|calls|>")) is not null && (Ends("<|return|>") ?? Ends("<|flush|>")) is not null)
        {
            _ending.Remove(end);
            vocabulary.Attributes[end] = TokenAttributes.UserDefined;
        }

        // Gemma 4 has an </s> that is text.
        if (Ends("</s>") is int text && Ends("<|tool_response>") is not null)
        {
            _ending.Remove(text);
            vocabulary.Attributes[text] = TokenAttributes.Normal;
        }
    }

    int? Ends(string name) => vocabulary.Find(name) is int id && _ending.Contains(id) ? id : null;

    void AddEnding(int? id)
    {
        if (id is int known)
        {
            _ending.Add(known);
        }
    }

    /// <summary>Which tokens swallow whitespace is in no GGUF file; it is known by the names of models.</summary>
    void ApplyModelQuirks(Metadata metadata)
    {
        string name = metadata.String("general.name", "").ToLowerInvariant();
        string pre = metadata.String("tokenizer.ggml.pre", "");
        string architecture = metadata.String("general.architecture", "");
        if (pre.Contains("jina-v2-de", StringComparison.Ordinal) || pre.Contains("jina-v2-es", StringComparison.Ordinal) || pre.Contains("jina-v2-code", StringComparison.Ordinal)
            || architecture.Contains("nomic-bert-moe", StringComparison.Ordinal) || architecture.Contains("jina-bert-v3", StringComparison.Ordinal))
        {
            Add("<mask>", TokenAttributes.StripLeft);
        }
        else if (name.Contains("phi-3", StringComparison.Ordinal) || name.Contains("phi3", StringComparison.Ordinal))
        {
            StripRightOfSpecials();
        }
        else if (name.Contains("modern-bert", StringComparison.Ordinal))
        {
            Add("[MASK]", TokenAttributes.StripLeft);
        }
    }

    void StripRightOfSpecials()
    {
        for (int id = 0; id < vocabulary.Count; id++)
        {
            if ((vocabulary.Attributes[id] & (TokenAttributes.Special | TokenAttributes.UserDefined)) != 0)
            {
                vocabulary.Attributes[id] |= TokenAttributes.StripRight;
            }
        }

        Add("</s>", TokenAttributes.StripRight);
        foreach (string kept in (string[])["<unk>", "<s>", "<|endoftext|>"])
        {
            if (vocabulary.Find(kept) is int id)
            {
                vocabulary.Attributes[id] &= ~TokenAttributes.StripRight;
            }
        }
    }

    void Add(string name, TokenAttributes attribute)
    {
        if (vocabulary.Find(name) is int id)
        {
            vocabulary.Attributes[id] |= attribute;
        }
    }
}
