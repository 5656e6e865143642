using Millrace.Formats;

namespace Millrace.Tokenization;

/// <summary>What the tokenizers of GGUF files share: special tokens in the text and at its ends. llama.cpp is their definition: the same ids, its oddities included.</summary>
abstract class VocabularyTokenizer : Tokenizer
{
    readonly SpecialTokenSplitter _splitter;

    private protected VocabularyTokenizer(Vocabulary vocabulary)
    {
        Vocabulary = vocabulary;
        _splitter = new SpecialTokenSplitter(vocabulary);
    }

    private protected Vocabulary Vocabulary { get; }

    /// <inheritdoc/>
    public override int VocabularySize => Vocabulary.Count;

    /// <inheritdoc/>
    public override SpecialTokens Special => Vocabulary.Special;

    /// <inheritdoc/>
    public override IReadOnlySet<int> EndOfGeneration => Vocabulary.EndOfGeneration;

    /// <inheritdoc/>
    public override bool IsSpecial(int id) => (AttributesOf(id) & TokenAttributes.Special) != 0;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Piece(int id) => (AttributesOf(id) & (TokenAttributes.Special | TokenAttributes.UserDefined)) != 0 ? Vocabulary.Text[id] : TextPiece(id);

    /// <inheritdoc/>
    public override void Encode(ReadOnlySpan<byte> utf8, List<int> ids, bool addSpecial, bool parseSpecial)
    {
        if (addSpecial && Special.AddBos)
        {
            ids.Add(Special.Bos!.Value);
        }

        EncodeParts(utf8, ids, parseSpecial, []);
        if (addSpecial && Special.AddEos)
        {
            ids.Add(Special.Eos!.Value);
        }

        if (addSpecial && Special.AddSeparator)
        {
            ids.Add(Special.Separator!.Value);
        }
    }

    private protected override void EncodeTrusted(ReadOnlySpan<byte> utf8, ReadOnlySpan<int> trustedUntil, List<int> ids) =>
        EncodeParts(utf8, ids, true, trustedUntil);

    void EncodeParts(ReadOnlySpan<byte> utf8, List<int> ids, bool parseSpecial, ReadOnlySpan<int> trustedUntil)
    {
        if (_splitter.IsNeeded(parseSpecial))
        {
            bool afterSpecial = true;
            foreach (TextPart part in _splitter.Split(utf8, parseSpecial, trustedUntil))
            {
                if (part.Token >= 0)
                {
                    ids.Add(part.Token);
                }
                else
                {
                    EncodeText(utf8.Slice(part.Start, part.Length), afterSpecial, ids);
                }

                afterSpecial = part.Token >= 0;
            }
        }
        else if (utf8.Length > 0)
        {
            EncodeText(utf8, true, ids);
        }
    }

    /// <summary>Appends the ids of a text without special tokens.</summary>
    /// <param name="text">The text, not empty.</param>
    /// <param name="afterSpecial">Whether it follows a special token or begins the whole text.</param>
    /// <param name="ids">Receives the ids.</param>
    private protected abstract void EncodeText(ReadOnlySpan<byte> text, bool afterSpecial, List<int> ids);

    /// <summary>The bytes of a token that stands for text.</summary>
    private protected abstract ReadOnlySpan<byte> TextPiece(int id);

    /// <summary>What each token of a SentencePiece-like vocabulary decodes to: ▁ as a space, a byte token as its byte, an unused one as nothing.</summary>
    private protected Utf8Strings MakePieces()
    {
        Utf8StringsBuilder pieces = new(Vocabulary.Count, 0);
        for (int id = 0; id < Vocabulary.Count; id++)
        {
            ReadOnlySpan<byte> name = Vocabulary.Text[id];
            TokenAttributes attributes = Vocabulary.Attributes[id];
            if ((attributes & TokenAttributes.Normal) != 0)
            {
                pieces.Commit(WhitespaceEscape.Undo(name, pieces.Room(name.Length)));
            }
            else if ((attributes & TokenAttributes.Byte) != 0 && ByteOf(name) is var value and >= 0)
            {
                pieces.Add([(byte)value]);
            }
            else
            {
                pieces.Add([]);
            }
        }

        return pieces.Build();
    }

    /// <summary>The byte that a token such as &lt;0x0A&gt; stands for, or -1.</summary>
    static int ByteOf(ReadOnlySpan<byte> name) =>
        name is [(byte)'<', (byte)'0', (byte)'x', _, _, (byte)'>'] && Digit(name[3]) is var high && Digit(name[4]) is var low && high >= 0 && low >= 0 ? (high << 4) | low : -1;

    static int Digit(byte digit) => digit switch
    {
        >= (byte)'0' and <= (byte)'9' => digit - '0',
        >= (byte)'A' and <= (byte)'F' => digit - 'A' + 10,
        >= (byte)'a' and <= (byte)'f' => digit - 'a' + 10,
        _ => -1,
    };

    TokenAttributes AttributesOf(int id)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(id);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, Vocabulary.Count);
        return Vocabulary.Attributes[id];
    }
}
