using Millrace.Tokenization;
using Millrace.Tokenization.Templates;

namespace Millrace.Cli;

/// <summary>What was said so far, and the tokens that the model reads of it: through its template, or, where it has none, the text as it is.</summary>
sealed class Conversation(Tokenizer tokenizer, ChatFormat? format, string? system)
{
    readonly List<(string Role, string Content)> _turns = [];
    readonly List<int> _raw = []; // without a template: the tokens of all turns, one after the other

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _turns.Clear();
        _raw.Clear();
    }

    /// <summary>The prompt of a text of the user that follows what was said.</summary>
    /// <exception cref="CommandException">The template refuses it.</exception>
    public List<int> Ask(string text)
    {
        if (format is null)
        {
            return [.. _raw, .. tokenizer.Encode(text, addSpecial: _raw.Count == 0)];
        }

        IEnumerable<(string, string)> before = system is null ? [] : [("system", system)];
        try
        {
            return format.Encode(ChatTemplate.ToJson([.. before, .. _turns, ("user", text)]), TimeProvider.System.GetLocalNow().DateTime);
        }
        catch (TemplateException exception)
        {
            throw new CommandException($"the model's chat template: {exception.Message}");
        }
    }

    /// <summary>Keeps a text and its answer.</summary>
    public void Add(string text, List<int> prompt, Answer answer)
    {
        if (format is null)
        {
            _raw.Clear();
            _raw.AddRange(prompt);
            _raw.AddRange(answer.Tokens);
        }

        _turns.Add(("user", text));
        _turns.Add(("assistant", answer.Text));
    }
}
