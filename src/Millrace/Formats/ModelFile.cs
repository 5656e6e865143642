namespace Millrace.Formats;

/// <summary>A model on disk: metadata under GGUF's keys and tensors under GGUF's names, whatever the format. Dispose closes the files; tensors cannot be read after it.</summary>
public abstract class ModelFile : IDisposable
{
    /// <summary>The file or folder, as the caller named it.</summary>
    public abstract string Path { get; }

    /// <summary>The metadata.</summary>
    public abstract Metadata Metadata { get; }

    /// <summary>The tensors by name, in file order.</summary>
    public abstract IReadOnlyDictionary<string, Tensor> Tensors { get; }

    /// <summary>The tensor of a name.</summary>
    /// <exception cref="ModelFormatException">There is none.</exception>
    public Tensor Tensor(string name) => Tensors.TryGetValue(name, out Tensor? tensor)
        ? tensor
        : throw new ModelFormatException(Path, name, -1, "a tensor of this name", "none");

    /// <inheritdoc/>
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Closes the files.</summary>
    protected abstract void Dispose(bool disposing);
}
