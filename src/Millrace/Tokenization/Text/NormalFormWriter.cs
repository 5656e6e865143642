using System.Runtime.InteropServices;

namespace Millrace.Tokenization.Text;

/// <summary>
/// Brings UTF-8 into one normal form, without ICU. Text that a form leaves alone is copied; each stretch that it may change is decomposed, put into canonical order and composed.
/// The data are those of Unicode 9.0, which Hugging Face's tokenizers have (crate unicode-normalization-alignments): characters assigned later are left as they are.
/// Malformed bytes become U+FFFD where they stand in such a stretch. Safe for use by several threads.
/// </summary>
sealed class NormalFormWriter
{
    static readonly NormalFormWriter?[] Known = new NormalFormWriter?[4];

    readonly NormalForm _form;
    readonly NormalFormData _data = NormalFormData.Instance;
    readonly CharacterClass _active;

    NormalFormWriter(NormalForm form)
    {
        _form = form;
        _active = new(_data.Active(form));
    }

    public static NormalFormWriter Of(NormalForm form) => Known[(int)form] ??= new(form);

    /// <summary>Appends a text in the normal form.</summary>
    public void Write(ReadOnlySpan<byte> text, Utf8Buffer output)
    {
        List<int>? points = null;
        int written = 0;
        while (true)
        {
            int at = _active.Find(text, written);
            if (at == text.Length)
            {
                output.Append(text[written..]);
                return;
            }

            // What may join begins one character before; it ends before the next character that does not.
            int start = at > written ? at - Utf8.LengthBefore(text, at) : at;
            output.Append(text[written..start]);
            points ??= [];
            points.Clear();
            int end = start;
            do
            {
                end += Utf8.Decode(text, end, out int codePoint);
                Decompose(_data, codePoint, _form, points);
            }
            while (end <= at || _active.Match(text, end) > 0);

            Order(points);
            if (_form is NormalForm.C or NormalForm.KC)
            {
                Compose(_data, points);
            }

            foreach (int point in points)
            {
                output.Append(point);
            }

            written = end;
        }
    }

    internal static void Decompose(NormalFormData data, int codePoint, NormalForm form, List<int> points)
    {
        int syllable = codePoint - NormalFormData.SyllableBase;
        if (syllable is >= 0 and < NormalFormData.Syllables)
        {
            points.Add(NormalFormData.LeadBase + syllable / (NormalFormData.Vowels * NormalFormData.Trails));
            points.Add(NormalFormData.VowelBase + syllable / NormalFormData.Trails % NormalFormData.Vowels);
            if (syllable % NormalFormData.Trails > 0)
            {
                points.Add(NormalFormData.TrailBase + syllable % NormalFormData.Trails);
            }
        }
        else if (data.Decomposition(codePoint, form is NormalForm.KC or NormalForm.KD) is { } parts)
        {
            points.AddRange(parts);
        }
        else
        {
            points.Add(codePoint);
        }
    }

    /// <summary>Joins each starter with the marks after it, where nothing of the same or a higher class stands between.</summary>
    internal static void Compose(NormalFormData data, List<int> points)
    {
        int starter = -1;
        int lastClass = 0;
        int kept = 0;
        for (int i = 0; i < points.Count; i++)
        {
            int point = points[i];
            int pointClass = data.Class(point);
            if (starter >= 0 && (kept == starter + 1 || lastClass < pointClass) && data.Composition(points[starter], point) is >= 0 and int composed)
            {
                points[starter] = composed;
                continue;
            }

            if (pointClass == 0)
            {
                starter = kept;
            }

            lastClass = pointClass;
            points[kept++] = point;
        }

        CollectionsMarshal.SetCount(points, kept);
    }

    /// <summary>Sorts each run of marks by class and leaves equal ones in order: in linear time, as a run can be a whole text.</summary>
    void Order(List<int> points)
    {
        Span<int> all = CollectionsMarshal.AsSpan(points);
        for (int start = 0; start < all.Length; start++)
        {
            int end = start;
            bool sorted = true;
            int before = 0;
            while (end < all.Length && _data.Class(all[end]) is > 0 and int pointClass)
            {
                sorted &= before <= pointClass;
                before = pointClass;
                end++;
            }

            if (!sorted)
            {
                SortByClass(all[start..end]);
            }

            start = end;
        }
    }

    void SortByClass(Span<int> run)
    {
        Span<int> ends = stackalloc int[257];
        ends.Clear();
        foreach (int point in run)
        {
            ends[_data.Class(point) + 1]++;
        }

        for (int i = 1; i < ends.Length; i++)
        {
            ends[i] += ends[i - 1];
        }

        int[] copy = run.ToArray();
        foreach (int point in copy)
        {
            run[ends[_data.Class(point)]++] = point;
        }
    }
}
