using System.Text.Json;

namespace Millrace.Server.Store;

/// <summary>Reads the lists of files that a hub answers with.</summary>
static class HubListing
{
    const long MostBytes = 1L << 46;

    /// <summary>Adds the files of a page.</summary>
    /// <exception cref="StoreException">It is no list of files, or a file of it has a path, size or digest that none can have.</exception>
    public static void Read(Uri address, byte[] json, List<HubFile> files)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            foreach (JsonElement entry in document.RootElement.EnumerateArray())
            {
                if (entry.GetProperty("type").GetString() == "file")
                {
                    files.Add(ReadFile(address, entry));
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new StoreException($"{address}: expected a list of files, found something else ({exception.Message})");
        }
    }

    /// <summary>The page after this one: the address behind <c>rel="next"</c> of the Link header, of the same server.</summary>
    public static Uri? NextPage(HttpResponseMessage response, Uri address)
    {
        foreach (string link in response.Headers.TryGetValues("Link", out IEnumerable<string>? values) ? values : [])
        {
            int close = link.IndexOf('>', StringComparison.Ordinal);
            if (link.StartsWith('<') && close > 0 && link[close..].Contains("rel=\"next\"", StringComparison.Ordinal)
                && Uri.TryCreate(address, link[1..close], out Uri? next) && next.Authority == address.Authority && next != address)
            {
                return next;
            }
        }

        return null;
    }

    static HubFile ReadFile(Uri address, JsonElement entry)
    {
        string path = entry.GetProperty("path").GetString() ?? "";
        if (!ModelName.IsRelativePath(path))
        {
            throw new StoreException($"{address}: expected the path of a file, found '{ModelName.Shown(path)}'");
        }

        long size = entry.GetProperty("size").GetInt64();
        bool large = entry.TryGetProperty("lfs", out JsonElement lfs) && lfs.ValueKind == JsonValueKind.Object;
        size = large ? lfs.GetProperty("size").GetInt64() : size;
        if (size is < 0 or > MostBytes)
        {
            throw new StoreException($"{address}: {path}: expected a size of at most {MostBytes} bytes, found {size}");
        }

        string oid = (large ? lfs : entry).GetProperty("oid").GetString() ?? "";
        if (!large)
        {
            return oid.Length == 40 && Digest.IsHexadecimal(oid)
                ? new HubFile(path, size, null, oid)
                : throw new StoreException($"{address}: {path}: expected an oid of 40 lower-case hexadecimal digits, found '{ModelName.Shown(oid)}'");
        }

        return Digest.TryParse(oid, out Digest digest)
            ? new HubFile(path, size, digest, "")
            : throw new StoreException($"{address}: {path}: expected a sha256 of 64 lower-case hexadecimal digits, found '{ModelName.Shown(oid)}'");
    }
}
