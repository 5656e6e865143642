using System.CommandLine;
using Millrace.Kernels;
using Millrace.Server.Store;

namespace Millrace.Cli.Commands;

/// <summary><c>rm</c>: removes models that were pulled, and the content that no other one uses.</summary>
sealed class RemoveCommand : Command
{
    readonly Terminal _terminal;
    readonly Argument<string[]> _names = new("NAME") { Description = "Models, as ls names them", Arity = ArgumentArity.ZeroOrMore };
    readonly Option<bool> _panels = CliOptions.Flag("--panels", "Removes the panels that --weights kept-panels keeps, of all models");
    readonly Option<bool> _partial = CliOptions.Flag("--partial", "Removes what pulls that ended early left");

    public RemoveCommand(Terminal terminal)
        : base("rm", "Removes models that were pulled")
    {
        _terminal = terminal;
        Add(_names);
        Add(_partial);
        Add(_panels);
        SetAction(parse => Run(parse).GetAwaiter().GetResult());
    }

    async Task Run(ParseResult parse)
    {
        string[] names = parse.GetValue(_names) ?? [];
        if (names.Length == 0 && !parse.GetValue(_partial) && !parse.GetValue(_panels))
        {
            throw new UsageException("expected the names of models, or --partial, or --panels");
        }

        if (parse.GetValue(_panels))
        {
            _terminal.Out.WriteLine($"panels: {Tables.Bytes(PanelFolder.Clear(WeightModes.Folder))} freed");
        }

        if (parse.GetValue(_partial))
        {
            _terminal.Out.WriteLine($"parts of files: {Tables.Bytes(ModelStore.Pulled().RemovePartials())} freed");
        }

        foreach (string text in names)
        {
            ModelName name = ModelName.TryParse(text) ?? throw new CommandException(ModelStore.Names().Contains(text)
                ? $"'{text}' was not pulled: it is {ModelStore.Find(text)}, which is yours to delete"
                : $"no model '{Printable.Of(text)}' was pulled");
            RemovedModel removed = await ModelStore.Pulled().RemoveAsync(name, CancellationToken.None);
            _terminal.Out.WriteLine($"{removed.Manifest.Name}: removed, {Tables.Bytes(removed.Freed)} freed");
        }
    }
}
