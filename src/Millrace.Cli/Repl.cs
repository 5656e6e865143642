namespace Millrace.Cli;

/// <summary>A conversation at the terminal. The answers go to standard output, all else to standard error.</summary>
sealed class Repl(Terminal terminal, Engine engine, Conversation conversation, GenerationRequest request, Pace? pace = null)
{
    const string Fence = "\"\"\"";

    /// <summary>Asks and answers until the user leaves.</summary>
    public void Run()
    {
        using StreamReader input = new(terminal.OpenInput(), Terminal.Utf8);
        terminal.Error.WriteLine($"{engine.ModelName}: {engine.Context} tokens of context. /help shows the commands, /bye leaves.");
        while (Read(input) is { } text)
        {
            switch (text.Trim())
            {
                case "":
                    break;
                case "/bye" or "/exit":
                    return;
                case "/clear":
                    conversation.Clear();
                    terminal.Error.WriteLine("The conversation begins anew.");
                    break;
                case "/help" or "/?":
                    terminal.Error.WriteLine($"{Fence} begins and ends a text of several lines. Ctrl-C stops an answer. /clear begins anew, /bye leaves.");
                    break;
                case var command when command.StartsWith('/') && !command.Contains(' '):
                    terminal.Error.WriteLine($"There is no command {command}: /help shows them.");
                    break;
                default:
                    Answer(text);
                    break;
            }
        }

        terminal.Error.WriteLine();
    }

    void Answer(string text)
    {
        using Interrupt interrupt = new();
        try
        {
            List<int> prompt = conversation.Ask(text);
            Pace.Stream? stream = pace?.Begin(prompt.Count);
            Answer answer = Cli.Answer.Of(engine, request with { Prompt = prompt }, piece =>
            {
                stream?.Wait(piece);
                terminal.Out.Write(piece.Text);
                terminal.Out.Flush();
            }, interrupt.Token);
            terminal.Out.WriteLine();
            terminal.Out.Flush();
            terminal.Error.WriteLine(stream?.Line ?? AnswerReport.Line(answer));
            conversation.Add(text, prompt, answer);
        }
        catch (CommandException exception)
        {
            // This question failed; the conversation stands as it was before it.
            terminal.Error.WriteLine($"millrace: {exception.Message}, or /clear the conversation");
        }
    }

    /// <summary>A line, or the lines between two fences; null at the end of the input.</summary>
    string? Read(StreamReader input)
    {
        // Ctrl-C at the prompt leaves the program running: the terminal drops the line.
        using Interrupt interrupt = new();
        terminal.Error.Write(">>> ");
        string? line = input.ReadLine();
        if (line is null || !line.StartsWith(Fence, StringComparison.Ordinal))
        {
            return line;
        }

        List<string> lines = [];
        line = line[Fence.Length..];
        while (line is not null && !line.TrimEnd().EndsWith(Fence, StringComparison.Ordinal))
        {
            lines.Add(line);
            terminal.Error.Write("... ");
            line = input.ReadLine();
        }

        lines.Add(line is null ? "" : line.TrimEnd()[..^Fence.Length]);
        return string.Join('\n', lines).Trim('\n');
    }
}
