namespace Millrace.Tests;

/// <summary>A folder of its own for a test, deleted after it.</summary>
sealed class TemporaryFolder : IDisposable
{
    readonly string _root = Directory.CreateTempSubdirectory("millrace-").FullName;

    /// <summary>The path of a file in the folder.</summary>
    public string Path(string name = "") => System.IO.Path.Combine(_root, name);

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
