using System.CommandLine;
using Millrace.Tools.StoryModel;
using Millrace.Tools.StoryModel.Evaluating;
using Millrace.Tools.StoryModel.Export;
using Millrace.Tools.StoryModel.Publishing;
using Millrace.Tools.StoryModel.Tokenizing;

return new RootCommand("Makes the story model: the world it is trained on, the tokenizer, the weights.")
{
    GenerateCommand.Create(),
    CheckCommand.Create(),
    TokenizerCommand.Create(),
    EncodeCommand.Create(),
    ExportCommand.Create(),
    EvaluateCommand.Create(),
    PublishCommand.Create(),
}.Parse(args).Invoke();
