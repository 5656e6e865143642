using Millrace.Formats;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;
using Millrace.Tokenization.Templates;

namespace Millrace.Server.Models;

/// <summary>Why a model was not loaded, in words for a caller: what is wrong, and not where it lies.</summary>
static class LoadFailure
{
    /// <summary>The refusal of a request for the model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="cause">What went wrong.</param>
    /// <param name="retryAfter">When loading will be tried again, where that may help.</param>
    public static InferenceException Of(ModelOptions model, Exception cause, TimeSpan retryAfter)
    {
        string name = ModelRegistry.Shown(model.Name);
        return cause is InferenceException { Refusal: Refusal.NotSupported } refused
            ? new(refused.Refusal, $"The model '{name}' cannot be loaded: {refused.Message}") { Parameter = "model" }
            : new(Refusal.Unavailable, $"The model '{name}' cannot be loaded: {Reason(model, cause)}") { Parameter = "model", RetryAfter = retryAfter };
    }

    static string Reason(ModelOptions model, Exception cause) => cause switch
    {
        FileNotFoundException or DirectoryNotFoundException => "its file is gone",
        UnauthorizedAccessException => "its file may not be read",
        ModelFormatException format => WithoutFolder(model.Path, $"{format.Subject}: expected {format.Expected}, found {format.Found}"),
        IOException => "its file cannot be read",
        InsufficientMemoryException or OutOfMemoryException => "there is not enough memory now",
        TemplateException or NotSupportedException or OverflowException => WithoutFolder(model.Path, cause.Message),
        _ => "an internal error",
    };

    static string WithoutFolder(string path, string message)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        message = message.Replace(Path.GetFullPath(path), Path.GetFileName(path), StringComparison.Ordinal).Replace(path, Path.GetFileName(path), StringComparison.Ordinal);
        return folder is { Length: > 1 } ? message.Replace(folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal) : message;
    }
}
