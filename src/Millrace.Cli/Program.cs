using Millrace.Cli;

return CommandLine.Run(args, Terminal.OfProcess());
