namespace Millrace.Devices.Cpu;

/// <summary>Where weights are while a model runs. Tokens and logits are the same in all modes, bit for bit.</summary>
public enum WeightMode
{
    /// <summary>Laid out as panels in memory when the model is loaded; the file is then not needed.</summary>
    Panels,

    /// <summary>Nowhere but in the file: each product reads the rows that it needs and lays them out in cache. Slow, in little memory; the files stay open, and a change of them ends the run.</summary>
    LowMemory,
}
