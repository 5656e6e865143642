using Millrace.Cli;

using var exit = Interrupt.ExitWith(CommandLine.Interrupted);
return CommandLine.Run(args, Terminal.OfProcess());
