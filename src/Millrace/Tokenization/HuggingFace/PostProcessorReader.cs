using Millrace.Formats;

namespace Millrace.Tokenization.HuggingFace;

/// <summary>Makes a template of the description of a post-processor in tokenizer.json: the ids of an encoding with special tokens, where <see cref="TheText"/> stands for those of the text.</summary>
static class PostProcessorReader
{
    /// <summary>The place of the text's own ids.</summary>
    public const int TheText = -1;

    const int LongestTemplate = 1024;

    /// <summary>The template.</summary>
    /// <exception cref="ModelFormatException">The kind is unknown, or an option is missing or wrong.</exception>
    public static int[] Read(JsonValue? description) => description is { } found ? Apply(found, [TheText]) : [TheText];

    static int[] Apply(JsonValue value, int[] template) => value["type"].Text() switch
    {
        "ByteLevel" => template,
        "BertProcessing" or "RobertaProcessing" => Fill(value, [Id(value["cls"]), TheText, Id(value["sep"])], template),
        "TemplateProcessing" => Fill(value, Single(value), template),
        "Sequence" => value["processors"].Items().Aggregate(template, (inner, processor) => Apply(processor, inner)),
        _ => throw value["type"].Wrong("a known post-processor"),
    };

    static int[] Fill(JsonValue value, int[] outer, int[] inner)
    {
        int[] filled = [.. outer.SelectMany(id => id == TheText ? inner : [id])];
        return filled.Length <= LongestTemplate ? filled : throw value.Wrong($"a template of at most {LongestTemplate} tokens");
    }

    /// <summary>The id in ["[SEP]", 102].</summary>
    static int Id(JsonValue pair) => pair.Count == 2 ? pair.Items().Last().Int(TokenVocabulary.MaxIds - 1) : throw pair.Wrong("a token and its id");

    static int[] Single(JsonValue value)
    {
        List<int> template = [];
        foreach (JsonValue item in value["single"].Items())
        {
            if (item.Find("Sequence") is { } sequence)
            {
                template.Add(sequence["id"].Text() == "A" ? TheText : throw sequence["id"].Wrong("\"A\", as there is one text"));
                continue;
            }

            JsonValue name = item["SpecialToken"]["id"];
            template.AddRange(value["special_tokens"][name.Text()]["ids"].Items().Select(id => id.Int(TokenVocabulary.MaxIds - 1)));
        }

        return [.. template];
    }
}
