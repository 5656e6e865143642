namespace Millrace.Tokenization;

/// <summary>What kind of token an id is. Several may hold at once: a token with a well-known control name is a control token, whatever its file says.</summary>
/// <remarks>Source: the types 1 to 6 of GGUF's <c>tokenizer.ggml.token_type</c>, and llama.cpp's token attributes.</remarks>
[Flags]
enum TokenAttributes : byte
{
    None = 0,
    Normal = 1,
    Unknown = 2,
    Control = 4,
    UserDefined = 8,
    Unused = 16,
    Byte = 32,

    /// <summary>Swallows the whitespace before it.</summary>
    StripLeft = 64,

    /// <summary>Swallows the whitespace after it.</summary>
    StripRight = 128,

    /// <summary>Stands for no text.</summary>
    Special = Unknown | Control,
}
