using System.Globalization;
using Millrace.Cache;
using Millrace.Server.Inference;
using Millrace.Server.Models;

namespace Millrace.Cli.Serving;

/// <summary>Loads the models of the start, and tells the operator what there is.</summary>
/// <param name="terminal">Shows the progress.</param>
/// <param name="say">Says a line.</param>
/// <param name="registry">The models.</param>
sealed class StartReport(Terminal terminal, Action<string> say, ModelRegistry registry)
{
    static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    /// <summary>Loads models, with a progress bar where that takes a while, and says of each what it takes and has room for.</summary>
    /// <param name="names">Their names.</param>
    /// <param name="cancellation">Ends the waiting.</param>
    /// <exception cref="CommandException">One cannot be loaded.</exception>
    public async Task LoadAsync(IReadOnlyList<string> names, CancellationToken cancellation)
    {
        Task loading = registry.PreloadAsync(names, cancellation);
        using (ProgressBar bar = new(terminal, "loading"))
        {
            while (await Task.WhenAny(loading, Task.Delay(Glance, CancellationToken.None)) != loading)
            {
                if (registry.Loading is var (_, read, total))
                {
                    bar.Total = total;
                    bar.Report(read);
                }
            }
        }

        try
        {
            await loading;
        }
        catch (InferenceException refusal)
        {
            throw new CommandException(refusal.Message);
        }

        IReadOnlyList<ModelStatus> models = registry.List();
        foreach (ModelStatus model in models.Where(model => names.Contains(model.Name)))
        {
            Say(Describe(model));
        }

        long used = models.Sum(static model => model.Needs?.Total ?? 0);
        Say($"memory: {Tables.Bytes(used)} of {Tables.Bytes(registry.MemoryLimit)} for models");
        string[] others = [.. models.Where(static model => model.State == ModelState.Unloaded && model.Details is not null).Select(static model => Printable.Of(model.Name))];
        if (others.Length > 0)
        {
            Say($"loaded when asked for: {string.Join(", ", others)}");
        }
    }

    static string Describe(ModelStatus model)
    {
        string name = Printable.Of(model.Name);
        if (model is not { Needs: { } needs, Context: { } context, Details: { } details })
        {
            return $"{name}: unloaded again, since there is no room for all models at once";
        }

        long tokens = (long)needs.KvBlocks * KvCache.BlockSize;
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{name}: {details.ParameterSize} weights in {details.Quantization}, {Tables.Bytes(needs.Weights + needs.Mapped)}{(needs.Mapped > 0 ? $" ({Tables.Bytes(needs.Mapped)} in a mapped file)" : "")}, context {context:N0}; KV: {needs.KvBlocks:N0} blocks, room for {tokens:N0} tokens: {(double)tokens / context:0.#} {(tokens == context ? "sequence" : "sequences")} of full context, {Tables.Bytes(needs.Kv)}");
    }

    void Say(string line) => say("millrace: " + line);
}
