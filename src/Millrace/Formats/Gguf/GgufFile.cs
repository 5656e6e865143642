using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Formats.Gguf;

/// <summary>A model in one GGUF file, or in several that <c>gguf-split</c> made and that are opened by the first.</summary>
public sealed partial class GgufFile : ModelFile
{
    readonly List<SourceFile> _files = [];
    readonly OrderedDictionary<string, Tensor> _tensors = [];

    GgufFile(string path) => Path = path;

    /// <inheritdoc/>
    public override string Path { get; }

    /// <inheritdoc/>
    public override Metadata Metadata => _metadata;

    Metadata _metadata = null!;

    /// <inheritdoc/>
    public override IReadOnlyDictionary<string, Tensor> Tensors => _tensors;

    /// <summary>Whether a file begins with GGUF's magic.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    public static bool Is(string path)
    {
        using SourceFile file = new(path);
        Span<byte> magic = stackalloc byte[4];
        if (file.Length < magic.Length)
        {
            return false;
        }

        file.Read(0, magic, "magic");
        return magic.SequenceEqual("GGUF"u8);
    }

    /// <summary>Opens a file: reads and checks the header, not the weights. Tensors of types that Millrace does not read are listed with their sizes; reading their rows throws, naming the type.</summary>
    /// <exception cref="IOException">There is no such file, or it cannot be read.</exception>
    /// <exception cref="ModelFormatException">The file is not what it must be, or is a later part of a split model.</exception>
    public static new GgufFile Open(string path)
    {
        GgufFile model = new(path);
        try
        {
            model._metadata = model.Add(path).Metadata;
            int parts = model._metadata.Int("split.count", 1, max: ushort.MaxValue);
            if (parts > 1)
            {
                model.AddParts(parts);
            }

            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override string Stamp => string.Join('\n', _files.Select(static file => file.Stamp));

    /// <inheritdoc/>
    public override void VerifyUnchanged()
    {
        foreach (SourceFile file in _files)
        {
            file.VerifyUnchanged();
        }
    }

    /// <inheritdoc/>
    protected override void MapFiles()
    {
        foreach (SourceFile file in _files)
        {
            file.Map();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        foreach (SourceFile file in _files)
        {
            file.Dispose();
        }
    }

    GgufHeader Add(string path)
    {
        SourceFile file = new(path);
        _files.Add(file);
        GgufHeader header = GgufHeader.Read(file);
        foreach (GgufTensor tensor in header.Tensors)
        {
            if (!_tensors.TryAdd(tensor.Name, tensor))
            {
                throw new ModelFormatException(path, tensor.Name, tensor.Offset, "a tensor that no earlier part has", "it again");
            }
        }

        return header;
    }

    void AddParts(int parts)
    {
        Match match = PartName().Match(Path);
        string PartPath(int index) => string.Create(CultureInfo.InvariantCulture, $"{match.Groups[1].Value}-{index + 1:D5}-of-{parts:D5}.gguf");

        int index = _metadata.Int("split.no");
        if (!match.Success || Path != PartPath(index))
        {
            throw new ModelFormatException(Path, "file name", -1, string.Create(CultureInfo.InvariantCulture, $"a name that ends in -{index + 1:D5}-of-{parts:D5}.gguf"), "another");
        }

        if (index != 0)
        {
            throw new ModelFormatException(Path, "split.no", -1, $"the first part of the model ({PartPath(0)})", $"part {index + 1}");
        }

        for (int i = 1; i < parts; i++)
        {
            string path = PartPath(i);
            if (!File.Exists(path))
            {
                throw new ModelFormatException(Path, "split.count", -1, $"the part {path}", "no such file");
            }

            Metadata metadata = Add(path).Metadata;
            Require(path, metadata, "split.no", i);
            Require(path, metadata, "split.count", parts);
        }

        Require(Path, _metadata, "split.tensors.count", _tensors.Count);
    }

    static void Require(string path, Metadata metadata, string key, int expected)
    {
        int found = metadata.Int(key);
        if (found != expected)
        {
            throw new ModelFormatException(path, key, -1, $"{expected}", $"{found}");
        }
    }

    [GeneratedRegex("^(.*)-[0-9]{5}-of-[0-9]{5}\\.gguf$", RegexOptions.Singleline)]
    private static partial Regex PartName();
}
