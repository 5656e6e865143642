using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;
using Millrace.Planning.Models;

namespace Millrace.Planning.Article;

/// <summary>What the judges of claims need: devices, models, evidence, and what prices a machine.</summary>
sealed class ArticleContext(DeviceCatalogue catalogue, Func<Deployment, ICostModel> price)
{
    /// <summary>The devices.</summary>
    public DeviceCatalogue Catalogue => catalogue;

    /// <summary>The claims and what was published.</summary>
    public ArticleData Data { get; } = ArticleData.Own;

    /// <summary>The rows of the article's table.</summary>
    public IReadOnlyList<string> Rows { get; } = ["h100", "groq", "wse3", "inf2"];

    /// <summary>The 70B of the article, in 16 bits.</summary>
    public PlannedModel Seventy { get; } = Physics.Model("llama-3-70b", Precision.Bf16);

    /// <summary>The same in 8 bits.</summary>
    public PlannedModel SeventyInEight { get; } = Physics.Model("llama-3-70b", Precision.Fp8);

    /// <summary>The same in 4 bits.</summary>
    public PlannedModel SeventyInFour { get; } = Physics.Model("llama-3-70b", Precision.Int4);

    /// <summary>8 × H100 with 16-bit weights.</summary>
    public Machine H100 => Machine("h100", 8, Seventy, "vllm");

    /// <summary>The same with 8-bit weights.</summary>
    public Machine H100InEight => H100 with { Model = SeventyInEight };

    /// <summary>LPUs, as many as the public service is said to use; 8-bit weights, which alone fit into so many.</summary>
    public Machine Groq => Machine("groq-lpu", Data.Evidence("groq-2024")[0].Chips, Physics.Model("llama-3-70b", Precision.Int8), "");

    /// <summary>The wafers of the public service, with its software at launch.</summary>
    public Machine Wse3 => Machine("wse-3", Data.Evidence("wse3-2024")[0].Chips, Seventy, Data.Evidence("wse3-2024")[0].Date[..7]);

    /// <summary>The largest instance with Inferentia2.</summary>
    public Machine Inf2 => Machine("inferentia2", Data.Evidence("inf2")[0].Chips, Seventy, "neuron");

    /// <summary>A machine of a device of the catalogue.</summary>
    public Machine Machine(string device, int chips, PlannedModel model, string engine) => Machine(catalogue.Get(device), chips, model, engine);

    /// <summary>A machine.</summary>
    public Machine Machine(DeviceSpec device, int chips, PlannedModel model, string engine) => new(device, chips, model, engine, price);
}
