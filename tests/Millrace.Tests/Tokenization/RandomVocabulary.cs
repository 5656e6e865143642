using System.Text;
using Millrace.Formats.Gguf;

namespace Millrace.Tests.Tokenization;

/// <summary>Small vocabularies of every kind, well formed but odd: ties of scores, merges whose result is no token, tokens no merge leads to, special tokens that overlap and strip. The same seed gives the same file.</summary>
sealed class RandomVocabulary
{
    static readonly string[] Named =
    [
        "<|eot_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|calls|>", "<|flush|>", "<end_of_turn>", "<|endoftext|>", "<|eom_id|>", "<EOT>", "[EOT]", "[EOS]", "<|end_of_text|>", "<eos>", "<turn|>",
        "<|tool_response>", "[e~[", "<|fim_pad|>", "<|fim_repo|>", "<|file_sep|>", "<fim_prefix>", "<PRE>", "<|channel|>", "<|message|>", "<|start|>", "<mask>", "[MASK]", "<｜end▁of▁sentence｜>", "<unused0>", "[PAD]",
    ];

    static readonly string[] Overlapping = ["ab", "bab", "a b", "  ", "   ", "\n\n", "<|", "|>", "<|x|>", "x|", "é", "é!", "中文", "☃", "1", "12", "'s"];

    readonly Random _random;
    readonly List<string> _tokens = [];
    readonly List<int> _types = [];
    readonly HashSet<string> _known = [];

    public RandomVocabulary(int seed) => _random = new Random(seed);

    /// <summary>Writes a byte-pair vocabulary.</summary>
    public void WriteBytePair(string path, string pre)
    {
        List<string> symbols = [];
        for (int value = 0; value < 256; value++)
        {
            string spelled = VocabularyFile.Spelling(value);
            if (value < 0x20 || _random.Next(40) != 0)
            {
                Add(spelled, 1);
            }

            symbols.Add(spelled);
        }

        List<string> merges = [];
        string[] seeds = ["Ġ", "a", "b", "e", "s", "t", "'", "l", "1", "2", "Ċ", "Ã", "©", "ä", "¸", "Ń"];
        for (int i = 0; i < 400; i++)
        {
            string left = _random.Next(2) == 0 ? seeds[_random.Next(seeds.Length)] : symbols[_random.Next(symbols.Count)];
            string right = _random.Next(2) == 0 ? seeds[_random.Next(seeds.Length)] : symbols[_random.Next(symbols.Count)];
            merges.Add($"{left} {right}");
            symbols.Add(left + right);
            if (_random.Next(10) != 0)
            {
                Add(left + right, _random.Next(20) == 0 ? 5 : 1);
            }
        }

        merges.AddRange(["nospace", " a b", "a  b", "ab", "☃ a"]);
        Add("Ġunmerged", 1);
        Add("abcdef", 1);
        AddSpecials();
        GgufWriter file = Begin("gpt2");
        file.Add("tokenizer.ggml.pre", pre);
        file.Add("tokenizer.ggml.merges", VocabularyFile.Strings([.. merges]));
        AddRoles(file, Id("</s>"));
        file.Write(path);
    }

    /// <summary>Writes a SentencePiece vocabulary.</summary>
    public void WriteSentencePiece(string path)
    {
        Add("<unk>", 2);
        Add("<s>", 3);
        Add("</s>", 3);
        for (int value = 0; value < 256; value++)
        {
            Add($"<0x{value:X2}>", 6);
        }

        List<string> pieces = ["▁", "a", "b", "c", "e", "s", "t", "'", "1", "2", "é", "中", "文", "🦙", "\n", "\u0301"];
        pieces.ForEach(piece => Add(piece, 1));
        for (int i = 0; i < 400; i++)
        {
            string piece = pieces[_random.Next(Math.Min(pieces.Count, 60))] + pieces[_random.Next(pieces.Count)];
            pieces.Add(piece);
            Add(piece, _random.Next(30) == 0 ? 5 : 1);
        }

        bool phi = _random.Next(3) == 0;
        if (phi)
        {
            Add("<|endoftext|>", 3);
        }

        AddSpecials();
        GgufWriter file = Begin("llama");
        file.Add("tokenizer.ggml.scores", _tokens.Select(_ => (float)-_random.Next(0, 12) / 2).ToArray());
        if (_random.Next(2) == 0)
        {
            file.Add("tokenizer.ggml.add_space_prefix", _random.Next(2) == 0);
        }

        if (phi)
        {
            file.Add("general.name", "Phi-3 something");
        }

        AddRoles(file, 2);
        file.Write(path);
    }

    /// <summary>Writes a WordPiece vocabulary.</summary>
    public void WriteWordPiece(string path)
    {
        Add("[PAD]", 3);
        Add("[UNK]", 3);
        Add("[CLS]", 3);
        Add("[SEP]", 3);
        string[] letters = ["a", "b", "c", "e", "s", "t", "A", "é", "中", "文", "1", "2", "!", "'", "-", "ß", "i", "й"];
        foreach (string letter in letters)
        {
            Add(letter, 1);
            Add("▁" + letter, 1);
        }

        for (int i = 0; i < 300; i++)
        {
            Add((_random.Next(2) == 0 ? "▁" : "") + string.Concat(Enumerable.Range(0, _random.Next(2, 6)).Select(_ => letters[_random.Next(letters.Length)])), 1);
        }

        AddSpecials();
        GgufWriter file = Begin("bert");
        if (_random.Next(2) == 0)
        {
            file.Add("tokenizer.ggml.normalizer.lowercase", _random.Next(2) == 0);
        }

        if (_random.Next(2) == 0)
        {
            file.Add("tokenizer.ggml.normalizer.strip_accents", _random.Next(2) == 0);
        }

        file.Add("tokenizer.ggml.unknown_token_id", 1u);
        file.Add("tokenizer.ggml.bos_token_id", 2u);
        file.Add("tokenizer.ggml.seperator_token_id", 3u);
        file.Write(path);
    }

    /// <summary>Writes a unigram vocabulary, half of them with a table of replacements.</summary>
    public void WriteUnigram(string path)
    {
        Add("<pad>", 3);
        Add("</s>", 3);
        Add("<unk>", 2);
        List<string> pieces = ["▁", "a", "b", "c", "e", "s", "t", "'", "1", "2", "é", "中", "\n", "!"];
        pieces.ForEach(piece => Add(piece, 1));
        for (int i = 0; i < 300; i++)
        {
            string piece = pieces[_random.Next(Math.Min(pieces.Count, 60))] + pieces[_random.Next(pieces.Count)];
            pieces.Add(piece);
            Add(piece, _random.Next(30) == 0 ? 5 : 1);
        }

        AddSpecials();
        GgufWriter file = Begin("t5");
        file.Add("tokenizer.ggml.scores", _tokens.Select(token => -_random.Next(2, 40) / (4f * token.Length)).ToArray());
        foreach (string flag in (string[])["add_space_prefix", "remove_extra_whitespaces"])
        {
            if (_random.Next(3) != 0)
            {
                file.Add("tokenizer.ggml." + flag, _random.Next(2) == 0);
            }
        }

        if (_random.Next(2) == 0)
        {
            file.Add("tokenizer.ggml.precompiled_charsmap", ReplacementTableBuilder.Build(("\n", " "), ("é", "e"), ("e\u0301", "é"), ("A", "a"), ("Ab", "b"), ("🦙", "a b"), ("<", ""), ("\t", " ")));
        }

        AddRoles(file, 1);
        file.Write(path);
    }

    void Add(string token, int type)
    {
        if (_known.Add(token))
        {
            _tokens.Add(token);
            _types.Add(type);
        }
    }

    int Id(string token) => _tokens.IndexOf(token);

    // Of the names that stand for one role, one only: among several llama.cpp chooses by the order of its hash table.
    void AddSpecials()
    {
        Add("</s>", 3);
        bool turn = _known.Contains("<|endoftext|>");
        foreach (string name in Named)
        {
            bool endsTurn = name is "<|eot_id|>" or "<|im_end|>" or "<|end|>" or "<end_of_turn>" or "<|endoftext|>" or "<EOT>" or "[EOT]" or "<|end_of_text|>" or "<｜end▁of▁sentence｜>";
            if (_random.Next(3) == 0 && !(turn && endsTurn) && !(name is "<PRE>" && _known.Contains("<fim_prefix>")) && !(name is "[PAD]" or "<|fim_pad|>" && (_known.Contains("[PAD]") || _known.Contains("<|fim_pad|>"))))
            {
                turn |= endsTurn;
                Add(name, _random.Next(4) switch { 0 => 1, 1 => 4, _ => 3 });
            }
        }

        // Names of one length that overlap would be looked for in the order of an unstable sort.
        HashSet<int> lengths = [];
        foreach (string name in Overlapping)
        {
            if (_random.Next(4) == 0 && lengths.Add(Encoding.UTF8.GetByteCount(name)))
            {
                Add(name, _random.Next(2) == 0 ? 4 : 3);
            }
        }
    }

    GgufWriter Begin(string model)
    {
        GgufWriter file = new();
        file.Add("general.architecture", "llama");
        file.Add("tokenizer.ggml.model", model);
        file.Add("tokenizer.ggml.tokens", VocabularyFile.Strings([.. _tokens]));
        file.Add("tokenizer.ggml.token_type", _types.ToArray());
        return file;
    }

    void AddRoles(GgufWriter file, int eos)
    {
        file.Add("tokenizer.ggml.bos_token_id", (uint)(_random.Next(2) == 0 ? 1 : eos));
        if (_random.Next(2) == 0)
        {
            file.Add("tokenizer.ggml.eos_token_id", (uint)eos);
        }

        if (_random.Next(2) == 0)
        {
            file.Add("tokenizer.ggml.add_bos_token", _random.Next(2) == 0);
        }

        if (_random.Next(2) == 0)
        {
            file.Add("tokenizer.ggml.add_eos_token", _random.Next(2) == 0);
        }
    }
}
