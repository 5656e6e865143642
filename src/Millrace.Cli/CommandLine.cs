using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Millrace.Cli.Commands;
using Millrace.Cli.Serving;
using Millrace.Formats;
using Millrace.Planning;

namespace Millrace.Cli;

/// <summary>The command line: its commands, and what becomes of their errors.</summary>
static class CommandLine
{
    const int Failed = 1;
    const int WrongUse = 2;

    /// <summary>The exit code after Ctrl-C.</summary>
    public const int Interrupted = 130;

    static readonly (string Name, Func<Terminal, Command> Make)[] Commands =
    [
        ("run", static terminal => new RunCommand(terminal)),
        ("serve", static terminal => new ServeCommand(terminal)),
        ("keys", static terminal => new KeysCommand(terminal)),
        ("usage", static terminal => new UsageCommand(terminal)),
        ("bench", static terminal => new BenchCommand(terminal)),
        ("pull", static terminal => new PullCommand(terminal)),
        ("ls", static terminal => new ListCommand(terminal)),
        ("rm", static terminal => new RemoveCommand(terminal)),
        ("tokenize", static terminal => new TokenizeCommand(terminal)),
        ("template", static terminal => new TemplateCommand(terminal)),
        ("logits", static terminal => new LogitsCommand(terminal)),
        ("perplexity", static terminal => new PerplexityCommand(terminal)),
        ("explain", static terminal => new ExplainCommand(terminal)),
        ("plan", static terminal => new PlanCommand(terminal)),
        ("simulate", static terminal => new SimulateCommand(terminal)),
        ("calibrate", static terminal => new CalibrateCommand(terminal)),
        ("validate", static terminal => new ValidateCommand(terminal)),
        ("fleet", static terminal => new FleetCommand(terminal)),
        ("show", static terminal => new ShowCommand(terminal)),
        ("synth", static terminal => new SynthCommand(terminal)),
        ("doctor", static terminal => new DoctorCommand(terminal)),
        ("devices", static terminal => new DevicesCommand(terminal)),
        ("article", static terminal => new ArticleCommand(terminal)),
    ];

    /// <summary>Runs one command.</summary>
    /// <returns>0, 1 (failed), 2 (wrong use) or 130 (interrupted).</returns>
    public static int Run(string[] args, Terminal terminal)
    {
        Command root = Root(terminal, args.FirstOrDefault());
        try
        {
            args = args is ["serve", ..] ? ServeSettings.Complete(args, root.Subcommands[0], Directory.GetCurrentDirectory()) : args;
        }
        catch (CommandException exception)
        {
            return Fail(terminal, exception.Message, WrongUse);
        }

        // A text may begin with an @, and -ab is no -a -b.
        ParseResult parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (WhatIsWrong(parse) is { } wrong)
        {
            return Fail(terminal, $"{wrong.TrimEnd('.')} (see millrace{Path(parse.CommandResult)} --help)", WrongUse);
        }

        try
        {
            return parse.Invoke(new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false });
        }
        catch (UsageException exception)
        {
            return Fail(terminal, exception.Message, WrongUse);
        }
        catch (PlanningException exception) when (exception.IsWrongUse)
        {
            return Fail(terminal, exception.Message, WrongUse);
        }
        catch (OperationCanceledException)
        {
            return Interrupted;
        }
        catch (Exception exception) when (exception is CommandException or ModelFormatException or PlanningException or IOException or UnauthorizedAccessException)
        {
            return Fail(terminal, exception.Message, Failed);
        }
        catch (Exception exception)
        {
            string trace = Environment.GetEnvironmentVariable("MILLRACE_TRACE") is null ? "; MILLRACE_TRACE=1 shows where" : $"\n{exception}";
            return Fail(terminal, $"{exception.GetType().Name}: {exception.Message}", Failed, trace);
        }
        finally
        {
            terminal.Out.Flush();
        }
    }

    // What is named is made alone: all of them with their options cost as much time as the runtime's own start.
    static Command Root(Terminal terminal, string? named)
    {
        Command root = new("millrace", "Runs language models, and says what they cost.") { new HelpOption(), new VersionOption() };
        int only = Array.FindIndex(Commands, command => command.Name == named);
        foreach ((_, Func<Terminal, Command> make) in only < 0 ? Commands : [Commands[only]])
        {
            root.Add(make(terminal));
        }

        return root;
    }

    // What nobody knows is named where it begins: what follows an unknown option is its value.
    static string? WhatIsWrong(ParseResult parse) =>
        Mistyped(parse) is { } option ? $"there is no option {option}; a text that begins so goes behind --"
        : (parse.UnmatchedTokens is [string first, ..] ? parse.Errors.FirstOrDefault(error => error.Message.Contains($"'{first}'", StringComparison.Ordinal)) : null)?.Message
        ?? (parse.Errors is [.., var last] ? last.Message : null);

    // An option that nobody knows would be taken for a text, and be answered.
    static string? Mistyped(ParseResult parse) => parse.CommandResult.Children.OfType<ArgumentResult>()
        .SelectMany(static argument => argument.Tokens)
        .Intersect(parse.Tokens.TakeWhile(static token => token.Type != TokenType.DoubleDash))
        .Select(static token => token.Value)
        .FirstOrDefault(static text => text is ['-', '-', not '-', ..] && !text.Any(char.IsWhiteSpace));

    // The names of a command and those above it, but for the program's own.
    static string Path(CommandResult result) => result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "";

    static int Fail(Terminal terminal, string message, int code, string tail = "")
    {
        terminal.Out.Flush();
        terminal.Error.WriteLine($"millrace: {message.ReplaceLineEndings(" ")}{tail}");
        return code;
    }
}
