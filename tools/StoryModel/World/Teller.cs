using System.Text;

namespace Millrace.Tools.StoryModel.World;

/// <summary>
/// Writes one turn: follows templates, makes their choices, and notes for each choice what it cost and where. It also
/// keeps the small rules of writing: a capital after a full stop, "an" before a vowel, one space between words,
/// a comma before the quotation mark of a speech that has no mark of its own.
/// </summary>
sealed class Teller(Story story, StoryRandom random)
{
    readonly StringBuilder _text = new();
    readonly List<(int Position, double Cost)> _costs = [];

    internal string Text => _text.ToString().TrimEnd();

    /// <summary>The cost in nats of the choices first seen at or after a position.</summary>
    internal double Cost(int from = 0)
    {
        var sum = 0.0;
        foreach (var (position, cost) in _costs)
        {
            sum += position >= from ? cost : 0;
        }
        return sum;
    }

    internal void Tell(string template) => Tell(Template.Parse(template));

    /// <summary>Tells one of several templates, each as likely as the others.</summary>
    internal void TellOneOf(string[] templates)
    {
        Charge(Math.Log(templates.Length));
        Tell(templates.Length == 1 ? templates[0] : templates[random.Next(templates.Length)]);
    }

    /// <summary>Adds a cost at the present position.</summary>
    internal void Charge(double cost)
    {
        if (cost > 0)
        {
            _costs.Add((_text.Length, cost));
        }
    }

    void Tell(Template template)
    {
        switch (template)
        {
            case Template.Text text:
                Append(text.Value);
                break;
            case Template.Sequence sequence:
                foreach (var part in sequence.Parts)
                {
                    Tell(part);
                }
                break;
            case Template.Choice choice:
                Tell(Choose(choice));
                break;
            case Template.Slot { Name: ['@', .. var rule] }:
                TellOneOf(Phrases.Rules[rule]);
                break;
            case Template.Slot slot:
                var value = story.Say(slot.Name, this);
                if (value.AsSpan().ContainsAny("{[<"))
                {
                    Tell(value);
                }
                else
                {
                    Append(slot.Capital ? Capital(value) : value);
                }
                break;
        }
    }

    Template Choose(Template.Choice choice)
    {
        var at = random.Next(choice.Total);
        var index = 0;
        while (at >= choice.Weights[index])
        {
            at -= choice.Weights[index++];
        }
        Charge(Math.Log((double)choice.Total / choice.Weights[index]));
        return choice.Options[index];
    }

    void Append(string text)
    {
        if (text.Length == 0)
        {
            return;
        }
        if (text[0] == ' ' && (_text.Length == 0 || _text[^1] == ' '))
        {
            text = text[1..];
            if (text.Length == 0)
            {
                return;
            }
        }
        if (_text.Length > 0 && _text[^1] is '?' or '!' && text[0] is ',' or '.' or '!')
        {
            text = text[1..];
        }
        else if (_text.Length > 0 && char.IsLetter(_text[^1]) && text[0] == '"')
        {
            _text.Append(',');
        }
        if (EndsWithArticle() && "aeiou".Contains(text[0], StringComparison.Ordinal))
        {
            _text.Insert(_text.Length - 1, 'n');
        }
        _text.Append(AtSentenceStart() ? Capital(text) : text);
    }

    bool EndsWithArticle() =>
        _text.Length >= 2 && _text[^1] == ' ' && _text[^2] is 'a' or 'A'
        && (_text.Length == 2 || _text[^3] is ' ' or '"');

    bool AtSentenceStart()
    {
        if (_text.Length == 0)
        {
            return true;
        }
        if (_text[^1] != ' ' || _text.Length < 3)
        {
            return false;
        }
        // After `!" ` the sentence may go on ("Help!" cried the fox); after `." ` it does not.
        return _text[^2] is '.' or '!' or '?' || (_text[^2] == '"' && _text[^3] == '.');
    }

    static string Capital(string text) =>
        char.IsLower(text[0]) ? char.ToUpperInvariant(text[0]) + text[1..] : text;
}
