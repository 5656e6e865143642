using System.CommandLine;
using Millrace.Tools.StoryModel;

return new RootCommand("Makes the story model: the world it is trained on, the tokenizer, the weights.")
{
    GenerateCommand.Create(),
    CheckCommand.Create(),
}.Parse(args).Invoke();
