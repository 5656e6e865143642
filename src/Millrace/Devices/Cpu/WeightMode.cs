namespace Millrace.Devices.Cpu;

/// <summary>Where weights are while a model runs. Tokens and logits are the same in all modes, bit for bit.</summary>
public enum WeightMode
{
    /// <summary>Laid out as panels in memory when the model is loaded; the file is then not needed.</summary>
    Panels,

    /// <summary>Laid out as panels in a file of <see cref="CpuOptions.PanelFolder"/>, which the first load makes and others map: the next start lays nothing out, processes share the memory, and the system may take it back. Where that is not possible they are in memory.</summary>
    KeptPanels,

    /// <summary>Nowhere but in the file: each product reads the rows that it needs and lays them out in cache. Slow, in little memory; the files stay open, and a change of them ends the run.</summary>
    LowMemory,
}
