using System.Net;
using System.Net.Http.Headers;

namespace Millrace.Server.Store;

/// <summary>A request that failed and may go better again.</summary>
sealed class TransferException(string message, TimeSpan? retryAfter = null) : Exception(message)
{
    /// <summary>When the server wants to be asked again.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}

/// <summary>Talks to a hub with Hugging Face's paths: lists files, and opens ranges of them.</summary>
sealed class HubClient : IDisposable
{
    const int MostRedirects = 10;
    const long MostListing = 64 << 20;

    readonly PullOptions _options;
    readonly HttpClient _http;

    /// <summary>Connects to the endpoint of the options.</summary>
    /// <param name="options">Endpoint, token and patience.</param>
    /// <param name="handler">What sends requests; it must not follow redirects. Disposed with the client.</param>
    public HubClient(PullOptions options, HttpMessageHandler? handler = null)
    {
        _options = options;
        _http = new HttpClient(handler ?? new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, ConnectTimeout = options.StallTimeout }) { Timeout = Timeout.InfiniteTimeSpan };
        _http.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("millrace", "0.1"));
        _http.DefaultRequestHeaders.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
    }

    /// <summary>Where a file lies.</summary>
    public Uri AddressOf(ModelName name, string path) => At($"{name.Id}/resolve/{Escape(_options.Revision)}/{Escape(path)}");

    /// <summary>The files of a repository.</summary>
    /// <exception cref="StoreException">There is no such repository, or it may not be read, or the answer is no list.</exception>
    public async Task<List<HubFile>> ListAsync(ModelName name, CancellationToken cancellation)
    {
        List<HubFile> files = [];
        Uri? page = At($"api/models/{name.Id}/tree/{Escape(_options.Revision)}?recursive=true");
        while (page is not null)
        {
            Uri address = page;
            (byte[] json, page) = await Patience.RetryAsync(_options, () => ReadPageAsync(address, $"{name.Id} at {_options.Revision}", cancellation), cancellation);
            HubListing.Read(address, json, files);
        }

        return files;
    }

    /// <summary>Asks for a file or a range of it, and follows redirects. The token goes to the endpoint alone, and never is a connection given up for an open one.</summary>
    /// <exception cref="TransferException">It failed and may go better again.</exception>
    /// <exception cref="StoreException">It will not.</exception>
    public async Task<HttpResponseMessage> GetAsync(Uri address, RangeHeaderValue? range, EntityTagHeaderValue? ifRange, string what, CancellationToken cancellation)
    {
        for (int redirects = 0; redirects <= MostRedirects; redirects++)
        {
            HttpResponseMessage response = await SendAsync(address, range, ifRange, cancellation);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
            {
                return Checked(response, what);
            }

            using (response)
            {
                Uri next = response.Headers.Location is { } location ? new Uri(address, location) : throw new StoreException($"{what}: {address.Host} redirects to nowhere");
                if (next.Scheme != Uri.UriSchemeHttps && (next.Scheme != Uri.UriSchemeHttp || address.Scheme != Uri.UriSchemeHttp))
                {
                    throw new StoreException($"{what}: expected a redirect to https, found one from {address.Scheme}://{address.Authority} to {next.Scheme}://{next.Authority}");
                }

                address = next;
            }
        }

        throw new StoreException($"{what}: more than {MostRedirects} redirects");
    }

    public void Dispose() => _http.Dispose();

    async Task<HttpResponseMessage> SendAsync(Uri address, RangeHeaderValue? range, EntityTagHeaderValue? ifRange, CancellationToken cancellation)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.Range = range;
        if (range is not null && ifRange is { IsWeak: false })
        {
            request.Headers.IfRange = new RangeConditionHeaderValue(ifRange);
        }

        // Same scheme, host and port.
        if (_options.Token is not null && Uri.Compare(address, _options.Endpoint, UriComponents.SchemeAndServer, UriFormat.Unescaped, StringComparison.OrdinalIgnoreCase) == 0)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _options.Token);
        }

        using CancellationTokenSource patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(_options.StallTimeout);
        try
        {
            return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new TransferException($"{address.Authority} does not answer for {_options.StallTimeout.TotalSeconds:0.#} s");
        }
        catch (HttpRequestException exception)
        {
            throw new TransferException($"{address.Authority}: {exception.Message}");
        }
    }

    static HttpResponseMessage Checked(HttpResponseMessage response, string what)
    {
        if (response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent)
        {
            return response;
        }

        using (response)
        {
            int status = (int)response.StatusCode;
            string host = response.RequestMessage!.RequestUri!.Authority;
            if (status is 408 or 425 or 429 or >= 500)
            {
                throw new TransferException($"{host} answers {status} for {what}", RetryAfter(response));
            }

            throw new StoreException(status switch
            {
                401 or 403 => $"{what}: {host} answers {status}: it does not exist, or is private or gated and needs a token (HF_TOKEN)",
                404 => $"{what}: {host} has no such thing (404)",
                _ => $"{what}: {host} answers {status}",
            });
        }
    }

    async Task<(byte[] Json, Uri? Next)> ReadPageAsync(Uri address, string what, CancellationToken cancellation)
    {
        using HttpResponseMessage response = await GetAsync(address, null, null, what, cancellation);
        using MemoryStream json = new();
        await Transfer.CopyAsync(response, json, MostListing, _options.StallTimeout, cancellation);
        return (json.ToArray(), HubListing.NextPage(response, address));
    }

    Uri At(string relative) => new(_options.Endpoint.AbsoluteUri.TrimEnd('/') + "/" + relative);

    static string Escape(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));

    static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow,
        _ => null,
    };
}
