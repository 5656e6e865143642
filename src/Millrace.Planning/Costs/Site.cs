namespace Millrace.Planning.Costs;

/// <summary>Where a measurement lies among others.</summary>
/// <param name="Groups">The groups that it is in, one for each of <see cref="SiteGroup"/>: hashes of their names.</param>
/// <param name="Shares">Parts of its time that memory, keys and values, prompts, fixed costs, sequences and links take: they sum to 1.</param>
/// <param name="Place">Logarithms, to base 2, of chips, clients, prompt tokens and answer tokens.</param>
sealed record Site(ulong[] Groups, double[] Shares, double[] Place)
{
    /// <summary>How many parts a time has.</summary>
    public const int ShareCount = 6;

    /// <summary>Describes a measurement by what ran and where its predicted time goes.</summary>
    /// <param name="scenario">What ran.</param>
    /// <param name="clients">How many clients there were.</param>
    /// <param name="terms">The terms of the time.</param>
    /// <param name="coefficients">Those that predict it.</param>
    /// <param name="apart">The set that it is in, where nothing else is like it; else "".</param>
    public static Site Of(Scenario scenario, int clients, in Terms terms, in Terms coefficients, string apart = "")
    {
        double[] shares = new double[ShareCount];
        double all = Math.Max(terms.Times(coefficients), double.Epsilon);
        for (Term term = 0; (int)term < Terms.Count; term++)
        {
            shares[ShareOf(term)] += terms[term] * coefficients[term] / all;
        }

        ServingLoad load = scenario.Load;
        return new Site(NamesOf(scenario, apart), shares, [Math.Log2(scenario.Deployment.Parallel.Chips), Math.Log2(clients), Math.Log2(load.Input), Math.Log2(load.Output)]);
    }

    static int ShareOf(Term term) => term switch
    {
        Term.Weights => 0,
        Term.Kv => 1,
        Term.PromptFlops or Term.Attention or Term.PromptTokens or Term.PromptLayers => 2,
        Term.Layers or Term.ExpertLayers or Term.Step or Term.LinkRounds => 3,
        Term.Sequences or Term.DecodeFlops => 4,
        _ => 5,
    };

    static ulong[] NamesOf(Scenario scenario, string apart)
    {
        (string device, string engine, string model, string precision) = (scenario.Deployment.Device.Id, scenario.Engine, scenario.Model.Name, scenario.Precision);
        string group = EngineName.GroupOf(engine);
        string leaf = $"{engine}|{device}|{model}|{precision}";
        string generation = $"{scenario.Deployment.Device.Vendor}{(scenario.Deployment.Device.Peaks.ContainsKey(Hardware.NumberType.Fp4) ? 4 : scenario.Deployment.Device.Peaks.ContainsKey(Hardware.NumberType.Fp8) ? 8 : 16)}";
        string[] names = new string[(int)SiteGroup.Count];
        names[(int)SiteGroup.Engine] = engine;
        names[(int)SiteGroup.Device] = device;
        names[(int)SiteGroup.Model] = model;
        names[(int)SiteGroup.Precision] = precision;
        names[(int)SiteGroup.Protocol] = scenario.Protocol;
        names[(int)SiteGroup.EngineProtocol] = $"{engine}|{scenario.Protocol}";
        names[(int)SiteGroup.EngineDevice] = $"{engine}|{device}";
        names[(int)SiteGroup.EngineModel] = $"{engine}|{model}";
        names[(int)SiteGroup.DeviceModel] = $"{device}|{model}|{precision}";
        names[(int)SiteGroup.EnginePrecision] = $"{engine}|{precision}";
        names[(int)SiteGroup.GenerationModel] = $"{generation}|{model}|{precision}";
        names[(int)SiteGroup.Set] = leaf;
        names[(int)SiteGroup.SetVersion] = $"{leaf}|{scenario.Version}";
        names[(int)SiteGroup.SetLayout] = $"{leaf}|{scenario.Deployment.Parallel}";
        names[(int)SiteGroup.OtherEngineDevice] = group == "serving" ? leaf : $"{group}|{device}";
        names[(int)SiteGroup.All] = "";
        return [.. names.Select(name => Hash(apart + name))];
    }

    // FNV-1a: equality is all that is asked of it.
    static ulong Hash(string name)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in name)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        return hash;
    }
}
