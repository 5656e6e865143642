using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Millrace.Formats;

namespace Millrace;

/// <summary>Millrace as services.</summary>
public static class MillraceServiceCollectionExtensions
{
    /// <summary>Adds one <see cref="Engine"/>, loaded when it is first asked for and disposed with the container, and an <see cref="IChatClient"/> and an <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts over it.</summary>
    /// <param name="services">Where to.</param>
    /// <param name="configure">Sets the options; the model is required.</param>
    /// <exception cref="ArgumentException">No model is given.</exception>
    public static IServiceCollection AddMillrace(this IServiceCollection services, Action<MillraceOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        MillraceOptions options = new();
        configure(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Model, nameof(MillraceOptions.Model));
        return services
            .AddSingleton(_ => Load(options))
            .AddSingleton<IChatClient>(provider => new MillraceChatClient(provider.GetRequiredService<Engine>(), options.Sampling))
            .AddSingleton<IEmbeddingGenerator<string, Embedding<float>>>(provider => new MillraceEmbeddingGenerator(provider.GetRequiredService<Engine>()));
    }

    static Engine Load(MillraceOptions options)
    {
        using ModelFile file = ModelFile.Open(options.Model);
        return Engine.Load(file, options.Engine);
    }
}
