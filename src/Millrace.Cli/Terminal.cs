using System.Text;
using Spectre.Console;

namespace Millrace.Cli;

/// <summary>What commands read and write: the process's streams, or a test's.</summary>
sealed class Terminal
{
    /// <summary>UTF-8 without a byte order mark.</summary>
    public static readonly Encoding Utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The answer, and nothing else. Flushed when a command ends.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Notices, progress and errors.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Whether a person types the input.</summary>
    public bool InputIsTerminal { get; init; }

    /// <summary>Whether a person reads the answer.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether a person reads the notices.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>The streams of this process.</summary>
    public static Terminal OfProcess() => new()
    {
        Out = new StreamWriter(Console.OpenStandardOutput(), Utf8, 16 * 1024),
        Error = new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true },
        OpenInput = Console.OpenStandardInput,
        InputIsTerminal = !Console.IsInputRedirected,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };

    /// <summary>All bytes of standard input.</summary>
    public byte[] ReadInput()
    {
        using Stream input = OpenInput();
        using MemoryStream bytes = new();
        input.CopyTo(bytes);
        return bytes.ToArray();
    }

    /// <summary>Writes a table, as wide as its contents need.</summary>
    /// <param name="table">The table.</param>
    /// <param name="wraps">Whether long cells become several lines where a terminal is narrower.</param>
    public void Write(Table table, bool wraps = false)
    {
        using StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = wraps && OutIsTerminal && Console.WindowWidth > 0 ? Console.WindowWidth - 1 : 100_000;
        console.Write(table);
        foreach (string line in text.ToString().Split('\n'))
        {
            if (line.TrimEnd() is { Length: > 0 } filled)
            {
                Out.WriteLine(filled);
            }
        }
    }
}
