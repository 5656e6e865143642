using Microsoft.Win32.SafeHandles;
using Millrace.Server.Ledger;

namespace Millrace.Server.Store;

/// <summary>What the removal of a model did.</summary>
/// <param name="Manifest">The model that was.</param>
/// <param name="Freed">Bytes of blobs that no other model uses.</param>
public sealed record RemovedModel(Manifest Manifest, long Freed);

/// <summary>
/// The models that were pulled. <c>blobs/sha256-…</c> holds content, each once; <c>manifests/owner/name/tag.json</c> says which content is
/// which file of a model; <c>views/…</c> shows a model's files by their names, as links.
/// </summary>
/// <param name="root">The folder of models. It is made when it is first needed.</param>
public sealed class LocalModels(string root)
{
    /// <summary>All models, by name.</summary>
    /// <exception cref="StoreException">A manifest is not what it must be.</exception>
    public IReadOnlyList<Manifest> List() => !Directory.Exists(Manifests)
        ? []
        : [.. Directory.EnumerateFiles(Manifests, "*.json", SearchOption.AllDirectories).Select(Manifest.Read).OrderBy(manifest => manifest.Name, StringComparer.Ordinal)];

    /// <summary>The models whose manifests are what they must be: what a server can offer, whatever lies beside it.</summary>
    public IEnumerable<Manifest> ListSound()
    {
        foreach (string path in Directory.Exists(Manifests) ? Directory.GetFiles(Manifests, "*.json", SearchOption.AllDirectories) : [])
        {
            Manifest? manifest = null;
            try
            {
                manifest = Manifest.Read(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Removed meanwhile, or not sound.
            }

            if (manifest is not null)
            {
                yield return manifest;
            }
        }
    }

    /// <summary>A model, or null where it was not pulled.</summary>
    /// <exception cref="StoreException">Its manifest is not what it must be.</exception>
    public Manifest? Find(ModelName name) => File.Exists(ManifestPath(name)) ? Manifest.Read(ManifestPath(name)) : null;

    /// <summary>Where a model can be opened: its GGUF file, the first of a split one, or its folder.</summary>
    public string PathOf(Manifest manifest)
    {
        ManifestFile first = manifest.Files.OrderBy(file => file.Path, StringComparer.Ordinal).First();
        return first.Path.EndsWith(".gguf", StringComparison.OrdinalIgnoreCase) ? Path.Combine(ViewPath(manifest), first.Path) : ViewPath(manifest);
    }

    /// <summary>Removes a model, and the content that no other model uses.</summary>
    /// <exception cref="StoreException">There is no such model.</exception>
    public async Task<RemovedModel> RemoveAsync(ModelName name, CancellationToken cancellation)
    {
        using IDisposable gate = await LockAsync(cancellation);
        Manifest manifest = Find(name) ?? throw new StoreException($"no model '{name}' was pulled");
        IReadOnlyList<Manifest> others = [.. List().Where(other => other.Name != manifest.Name)];
        File.Delete(ManifestPath(name));
        DurableFolder.Flush(Path.GetDirectoryName(ManifestPath(name))!);
        return new RemovedModel(manifest, Sweep(manifest, others));
    }

    /// <summary>Removes what pulls that ended early left, but for what one is fetching.</summary>
    /// <returns>Bytes that were removed.</returns>
    public long RemovePartials()
    {
        long freed = 0;
        foreach (string path in Directory.Exists(Blobs) ? Directory.GetFiles(Blobs, "*.partial") : [])
        {
            using SafeFileHandle? handle = FileLock.TryOpen(path);
            if (handle is not null)
            {
                freed += RandomAccess.GetLength(handle);
                File.Delete(path);
                File.Delete(PartialFile.StatePathOf(path));
            }
        }

        return freed;
    }

    /// <summary>Makes a model of content that is there.</summary>
    /// <returns>Whether it is: false where some of the content was removed meanwhile, and nothing was done.</returns>
    internal async Task<bool> CommitAsync(Manifest manifest, CancellationToken cancellation)
    {
        using IDisposable gate = await LockAsync(cancellation);
        if (!manifest.Files.All(file => HasBlob(file.Digest, file.Size)))
        {
            return false;
        }

        MakeView(manifest);
        ModelName name = ModelName.Parse(manifest.Name);
        Manifest? before = Find(name);
        string path = ManifestPath(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        DurableFile.Write(path, manifest.ToJson());
        if (before is not null)
        {
            Sweep(before, List());
        }

        return true;
    }

    /// <summary>The path of a blob.</summary>
    internal string BlobPath(Digest digest) => Path.Combine(Blobs, $"sha256-{digest}");

    /// <summary>Whether a blob is there as a whole.</summary>
    internal bool HasBlob(Digest digest, long size) => new FileInfo(BlobPath(digest)) is { Exists: true } blob && blob.Length == size;

    /// <summary>The path of a file that is being fetched; its folder is there.</summary>
    internal string PartialPath(string name)
    {
        Directory.CreateDirectory(Blobs);
        return Path.Combine(Blobs, name);
    }

    /// <summary>Checks that the disk has room.</summary>
    /// <exception cref="StoreException">It has not.</exception>
    internal void RequireSpace(string what, long bytes)
    {
        long free = new DriveInfo(Blobs).AvailableFreeSpace;
        if (bytes > free)
        {
            throw new StoreException($"{what}: needs {bytes} bytes more in {Blobs}, {free} are free");
        }
    }

    string Blobs => Path.Combine(root, "blobs");

    string Manifests => Path.Combine(root, "manifests");

    string ManifestPath(ModelName name) => Path.Combine(Manifests, name.Owner, name.Repository, Uri.EscapeDataString(name.Tag) + ".json");

    string ViewPath(Manifest manifest) => Path.Combine(root, "views", manifest.Digest.Hex);

    async Task<IDisposable> LockAsync(CancellationToken cancellation)
    {
        Directory.CreateDirectory(root);
        return await FileLock.OpenAsync(Path.Combine(root, ".lock"), null, cancellation);
    }

    // Named by its content: one that is there is right. Links are relative, so that the folder of models can be moved.
    void MakeView(Manifest manifest)
    {
        string view = ViewPath(manifest);
        if (Directory.Exists(view))
        {
            return;
        }

        string partial = view + ".partial";
        if (Directory.Exists(partial))
        {
            Directory.Delete(partial, recursive: true); // of a process that was killed: the lock is ours
        }

        foreach (ManifestFile file in manifest.Files)
        {
            string link = Path.Combine(partial, file.Path);
            Directory.CreateDirectory(Path.GetDirectoryName(link)!);
            File.CreateSymbolicLink(link, Path.GetRelativePath(Path.GetDirectoryName(link)!, BlobPath(file.Digest)));
        }

        Directory.Move(partial, view);
        DurableFolder.Flush(Path.GetDirectoryName(view)!);
    }

    // What a model used that is no more, but for what others use.
    long Sweep(Manifest gone, IReadOnlyList<Manifest> others)
    {
        if (others.All(other => other.Digest != gone.Digest) && Directory.Exists(ViewPath(gone)))
        {
            Directory.Delete(ViewPath(gone), recursive: true);
        }

        HashSet<string> used = [.. others.SelectMany(other => other.Files).Select(file => file.Sha256)];
        long freed = 0;
        foreach (ManifestFile file in gone.Files.DistinctBy(file => file.Sha256).Where(file => !used.Contains(file.Sha256)))
        {
            File.Delete(BlobPath(file.Digest));
            freed += file.Size;
        }

        return freed;
    }
}
