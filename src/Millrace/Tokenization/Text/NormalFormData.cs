namespace Millrace.Tokenization.Text;

/// <summary>Combining classes, decompositions and compositions; Hangul by arithmetic.</summary>
sealed class NormalFormData
{
    public const int SyllableBase = 0xAC00, LeadBase = 0x1100, VowelBase = 0x1161, TrailBase = 0x11A7;
    public const int Vowels = 21, Trails = 28, Syllables = 19 * Vowels * Trails;

    static readonly Lazy<NormalFormData> Loaded = new(() => new NormalFormData());

    readonly Dictionary<int, byte> _classes;
    readonly Dictionary<int, int[]> _canonical = [];
    readonly Dictionary<int, int[]> _compatible = [];
    readonly Dictionary<(int First, int Second), int> _compositions = [];

    NormalFormData()
    {
        UnicodeTables tables = UnicodeTables.Instance;
        _classes = tables.Classes;
        foreach ((int code, int kind, int[] parts) in tables.Decompositions)
        {
            _compatible[code] = parts;
            if (kind > 0)
            {
                _canonical[code] = parts;
            }

            if (kind == 2)
            {
                _compositions[(parts[0], parts[1])] = code;
            }
        }

        Expand(_canonical);
        Expand(_compatible);
    }

    public static NormalFormData Instance => Loaded.Value;

    /// <summary>The code points that a form changes, or that it may move or join with what stands before.</summary>
    public CodePointSet Active(NormalForm form)
    {
        bool compose = form is NormalForm.C or NormalForm.KC;
        List<int> active = [.. _classes.Keys];
        List<int> single = [];
        foreach (int code in form is NormalForm.C or NormalForm.D ? _canonical.Keys : _compatible.Keys)
        {
            single.Clear();
            NormalFormWriter.Decompose(this, code, form, single);
            if (compose)
            {
                NormalFormWriter.Compose(this, single);
            }

            if (single.Count != 1 || single[0] != code)
            {
                active.Add(code);
            }
        }

        if (!compose)
        {
            return CodePointSet.Of([.. active]) | CodePointSet.Range(SyllableBase, SyllableBase + Syllables - 1);
        }

        active.AddRange(_compositions.Keys.Select(pair => pair.Second));
        return CodePointSet.Of([.. active]) | CodePointSet.Range(VowelBase, VowelBase + Vowels - 1) | CodePointSet.Range(TrailBase + 1, TrailBase + Trails - 1);
    }

    public int Class(int codePoint) => codePoint < 0x300 ? 0 : _classes.GetValueOrDefault(codePoint);

    /// <summary>The full decomposition, but for Hangul; null where there is none.</summary>
    public int[]? Decomposition(int codePoint, bool compatible) =>
        codePoint < 0xA0 ? null : (compatible ? _compatible : _canonical).GetValueOrDefault(codePoint);

    /// <summary>What two code points make together, or -1.</summary>
    public int Composition(int first, int second)
    {
        if (first is >= LeadBase and < LeadBase + 19 && second is >= VowelBase and < VowelBase + Vowels)
        {
            return SyllableBase + ((first - LeadBase) * Vowels + (second - VowelBase)) * Trails;
        }

        if (first is >= SyllableBase and < SyllableBase + Syllables && (first - SyllableBase) % Trails == 0 && second is > TrailBase and < TrailBase + Trails)
        {
            return first + (second - TrailBase);
        }

        return _compositions.TryGetValue((first, second), out int composed) ? composed : -1;
    }

    static void Expand(Dictionary<int, int[]> decompositions)
    {
        foreach ((int code, int[] parts) in decompositions.ToArray())
        {
            List<int> full = [];
            Add(decompositions, parts, full);
            decompositions[code] = [.. full];
        }
    }

    static void Add(Dictionary<int, int[]> decompositions, int[] parts, List<int> full)
    {
        foreach (int part in parts)
        {
            if (decompositions.TryGetValue(part, out int[]? inner))
            {
                Add(decompositions, inner, full);
            }
            else
            {
                full.Add(part);
            }
        }
    }
}
