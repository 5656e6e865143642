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


    /// <summary>Runs one command.</summary>
    /// <returns>0, 1 (failed), 2 (wrong use) or 130 (interrupted).</returns>
    public static int Run(string[] args, Terminal terminal)
    {
        Command root = Root(terminal);
        try
        {
            args = ServeSettings.Complete(args, root.Subcommands.Single(static command => command.Name == "serve"), Directory.GetCurrentDirectory());
        }
        catch (CommandException exception)
        {
            return Fail(terminal, exception.Message, WrongUse);
        }

        // A text may begin with an @, and -ab is no -a -b.
        ParseResult parse = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null, EnablePosixBundling = false });
        if (parse.Errors.Count > 0)
        {
            return Fail(terminal, $"{parse.Errors[^1].Message.TrimEnd('.')} (see millrace{Path(parse.CommandResult)} --help)", WrongUse);
        }

        try
        {
            return parse.Invoke(new InvocationConfiguration { Output = terminal.Out, Error = terminal.Error, EnableDefaultExceptionHandler = false });
        }
        catch (UsageException exception)
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

    static Command Root(Terminal terminal) => new("millrace", "Runs language models, and says what they cost.")
    {
        new HelpOption(),
        new VersionOption(),
        new RunCommand(terminal),
        new ServeCommand(terminal),
        new KeysCommand(terminal),
        new UsageCommand(terminal),
        new BenchCommand(terminal),
        new PullCommand(terminal),
        new ListCommand(terminal),
        new RemoveCommand(terminal),
        new TokenizeCommand(terminal),
        new TemplateCommand(terminal),
        new LogitsCommand(terminal),
        new PerplexityCommand(terminal),
        new ExplainCommand(terminal),
        new PlanCommand(terminal),
        new SimulateCommand(terminal),
        new CalibrateCommand(terminal),
        new ValidateCommand(terminal),
        new FleetCommand(terminal),
        new ShowCommand(terminal),
        new SynthCommand(terminal),
        new DoctorCommand(terminal),
        new DevicesCommand(terminal),
        new ArticleCommand(terminal),
    };

    // The names of a command and those above it, but for the program's own.
    static string Path(CommandResult result) => result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : "";

    static int Fail(Terminal terminal, string message, int code, string tail = "")
    {
        terminal.Out.Flush();
        terminal.Error.WriteLine($"millrace: {message.ReplaceLineEndings(" ")}{tail}");
        return code;
    }
}
