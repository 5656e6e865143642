namespace Millrace.Server.Store;

/// <summary>Fetches models from a hub. A pull that fails changes no model: it leaves at most parts of files, from which the next one goes on.</summary>
/// <param name="models">Where they go.</param>
/// <param name="options">Where they come from.</param>
/// <param name="handler">What sends requests, null for one of its own; it must not follow redirects.</param>
public sealed class ModelPull(LocalModels models, PullOptions options, Func<HttpMessageHandler>? handler = null)
{
    /// <summary>Fetches a model, or what is new of it.</summary>
    /// <param name="name">The model.</param>
    /// <param name="progress">Hears how far each file is; from several threads.</param>
    /// <param name="cancellation">Ends the pull.</param>
    /// <exception cref="StoreException">It cannot be had.</exception>
    public async Task<Manifest> RunAsync(ModelName name, IProgress<PullProgress>? progress, CancellationToken cancellation)
    {
        if (!ModelName.IsRelativePath(options.Revision))
        {
            throw new StoreException($"revision: expected a branch, tag or commit, found '{ModelName.Shown(options.Revision)}'");
        }

        using HubClient hub = new(options, handler?.Invoke());
        IReadOnlyList<HubFile> files = ModelSelection.Select(name, await hub.ListAsync(name, cancellation));
        while (true)
        {
            List<ManifestFile> ready = [];
            foreach (HubFile file in files)
            {
                ready.Add(await new BlobDownload(hub, models, name, file, options, progress).RunAsync(cancellation));
            }

            // Another process may remove, with its last other model, content that this one found there: then once more.
            if (Quantization(ready) is { } quantization)
            {
                Manifest manifest = new(name.ToString(), $"{options.Endpoint.AbsoluteUri.TrimEnd('/')}/{name.Id}@{options.Revision}", quantization, DateTimeOffset.UtcNow, ready);
                if (await models.CommitAsync(manifest, cancellation))
                {
                    return manifest;
                }
            }
        }
    }

    // Null where the configuration is no longer there.
    string? Quantization(List<ManifestFile> files)
    {
        if (files.Find(file => file.Path == "config.json") is not { } config)
        {
            return ModelSelection.Quantization(files[0].Path);
        }

        try
        {
            return ModelSelection.FolderType(File.ReadAllBytes(models.BlobPath(config.Digest)));
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }
}
