namespace Millrace.Formats;

/// <summary>A model on disk: metadata under GGUF's keys and tensors under GGUF's names, whatever the format. Dispose closes the files, unless somebody else keeps them open; tensors cannot be read after it.</summary>
public abstract class ModelFile : IDisposable
{
    int _holders = 1;
    bool _disposed;

    /// <summary>Opens a GGUF file, or a folder of Hugging Face's kind (config.json and safetensors): headers are read, weights are not.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="ModelFormatException">The file is not what it must be.</exception>
    public static ModelFile Open(string path) => Directory.Exists(path) ? HuggingFace.HuggingFaceModel.Open(path) : Gguf.GgufFile.Open(path);

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

    /// <summary>What tells the files of the model's tensors from others, and from themselves after a change, without reading them.</summary>
    public virtual string Stamp => "";

    /// <summary>Checks that no file of the model was changed since it was opened: call it when all weights are read, so that what was loaded is what the files held.</summary>
    /// <exception cref="ModelFormatException">One was changed while it was read.</exception>
    public abstract void VerifyUnchanged();

    /// <summary>Maps the files into memory, where rows are then read without asking the system, and keeps them open, also beyond <see cref="Dispose()"/>, until what this returns is disposed.</summary>
    /// <remarks>Who reads rows there asks <see cref="VerifyUnchanged"/> before and after: what others write to the file shows at once, and a page that they cut off ends the process when it is touched.</remarks>
    /// <exception cref="ModelFormatException">A file was changed since it was opened.</exception>
    /// <exception cref="IOException">The system does not map it.</exception>
    public IDisposable Map()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        MapFiles();
        return KeepOpen();
    }

    /// <summary>Keeps the files open, also beyond <see cref="Dispose()"/>, until what this returns is disposed.</summary>
    public IDisposable KeepOpen()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Interlocked.Increment(ref _holders);
        return new Hold(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _disposed, true))
        {
            Release();
        }

        GC.SuppressFinalize(this);
    }

    /// <summary>Maps the files that hold tensors, where there are any.</summary>
    protected virtual void MapFiles()
    {
    }

    /// <summary>Closes the files.</summary>
    protected abstract void Dispose(bool disposing);

    void Release()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            Dispose(true);
        }
    }

    sealed class Hold(ModelFile file) : IDisposable
    {
        bool _released;

        public void Dispose()
        {
            if (!Interlocked.Exchange(ref _released, true))
            {
                file.Release();
            }
        }
    }
}
