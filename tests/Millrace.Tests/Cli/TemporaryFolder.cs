namespace Millrace.Tests.Cli;

/// <summary>A folder that lives as long as the test.</summary>
sealed class TemporaryFolder : IDisposable
{
    readonly string _path = Directory.CreateTempSubdirectory("millrace-").FullName;

    /// <summary>The path of a file in it.</summary>
    public string this[string name] => System.IO.Path.Combine(_path, name);

    /// <summary>Writes a file and returns its path.</summary>
    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    /// <inheritdoc/>
    public void Dispose() => Directory.Delete(_path, recursive: true);
}
