using System.Globalization;
using System.Text;

namespace Millrace.Formats;

/// <summary>Key-value metadata with typed getters; each error names the file and the key. Values are <c>bool, byte, sbyte, ushort, short, uint, int, ulong, long, float, double, string</c>, arrays of the numeric ones, and <see cref="Utf8Strings"/>.</summary>
public sealed class Metadata
{
    readonly string _file;
    readonly Dictionary<string, object> _values;
    readonly List<string> _keys = [];

    /// <summary>Creates the metadata of a file from its pairs, in file order.</summary>
    /// <exception cref="ModelFormatException">A key is there twice.</exception>
    public Metadata(string file, IEnumerable<KeyValuePair<string, object>> values)
    {
        _file = file;
        _values = [];
        foreach ((string key, object value) in values)
        {
            if (!_values.TryAdd(key, value))
            {
                throw Wrong(key, "each key once", "it twice");
            }

            _keys.Add(key);
        }
    }

    /// <summary>The keys in file order.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>The value of a key, or null.</summary>
    public object? this[string key] => _values.GetValueOrDefault(key);

    /// <summary>Whether the key is there.</summary>
    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>A string. Throws <see cref="ModelFormatException"/> where the key is missing (and no default given) or of another type; so do the other getters.</summary>
    public string String(string key, string? otherwise = null) => Get(key, otherwise, "a string", static value => value as string)!;

    /// <summary>A boolean.</summary>
    public bool Bool(string key, bool? otherwise = null) => Get<bool?>(key, otherwise, "a boolean", static value => value as bool?)!.Value;

    /// <summary>An integer of any width between the bounds, both included.</summary>
    public int Int(string key, int? otherwise = null, int min = 0, int max = int.MaxValue)
    {
        long value = Get<long?>(key, otherwise, "an integer", AsLong)!.Value;
        return value >= min && value <= max
            ? (int)value
            : throw Wrong(key, $"an integer from {min} to {max}", value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>A finite number.</summary>
    public float Float(string key, float? otherwise = null)
    {
        double value = Get<double?>(key, otherwise, "a number", static value => value switch
        {
            float single => single,
            double wide => wide,
            _ => AsLong(value),
        })!.Value;
        return float.IsFinite((float)value) ? (float)value : throw Wrong(key, "a finite number", value.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>An array of strings.</summary>
    public Utf8Strings Strings(string key) => Get(key, null, "an array of strings", static value => value as Utf8Strings)!;

    /// <summary>An array of floats, or null where the key is missing.</summary>
    public float[]? Floats(string key) => Contains(key) ? Get(key, null, "an array of floats", static value => value as float[]) : null;

    /// <summary>An array of integers of any width, or null where the key is missing.</summary>
    public int[]? Ints(string key) => Contains(key)
        ? Get(key, null, "an array of integers", value => value switch
        {
            int[] exact => exact,
            Array array and (sbyte[] or byte[] or short[] or ushort[] or uint[] or long[] or ulong[] or bool[]) => Narrow(key, array),
            _ => null,
        })
        : null;

    int[] Narrow(string key, Array array)
    {
        int[] result = new int[array.Length];
        for (int i = 0; i < result.Length; i++)
        {
            object item = array.GetValue(i)!;
            long value = item is bool flag ? (flag ? 1 : 0) : AsLong(item) ?? long.MinValue;
            result[i] = value is >= int.MinValue and <= int.MaxValue
                ? (int)value
                : throw Wrong(key, $"element {i} within 32 bits", item.ToString()!);
        }

        return result;
    }

    T Get<T>(string key, T otherwise, string expected, Func<object, T> convert)
    {
        if (!_values.TryGetValue(key, out object? value))
        {
            return otherwise is not null ? otherwise : throw Wrong(key, expected, "no such key");
        }

        T converted = convert(value);
        return converted is not null ? converted : throw Wrong(key, expected, Describe(value));
    }

    ModelFormatException Wrong(string key, string expected, string found) => new(_file, key, -1, expected, found);

    static long? AsLong(object value) => value switch
    {
        byte number => number,
        sbyte number => number,
        ushort number => number,
        short number => number,
        uint number => number,
        int number => number,
        long number => number,
        ulong number and <= long.MaxValue => (long)number,
        _ => null,
    };

    static string Describe(object value) => value switch
    {
        string text => $"the string \"{(text.Length > 40 ? text[..40] + "…" : text)}\"",
        Utf8Strings strings => $"{strings.Count} strings",
        Array array => $"{array.Length} of {array.GetType().GetElementType()!.Name}",
        _ => string.Create(CultureInfo.InvariantCulture, $"{value.GetType().Name} {value}"),
    };
}

/// <summary>Many UTF-8 strings in one buffer: a vocabulary of 256 K tokens is two arrays, not 256 K objects.</summary>
public sealed class Utf8Strings(byte[] bytes, int[] ends)
{
    /// <summary>How many.</summary>
    public int Count => ends.Length;

    /// <summary>The bytes of one string, as the file holds them (not checked to be UTF-8).</summary>
    public ReadOnlySpan<byte> this[int index] => bytes.AsSpan((index == 0 ? 0 : ends[index - 1])..ends[index]);

    /// <summary>One string as text; malformed bytes become U+FFFD.</summary>
    public string Text(int index) => Encoding.UTF8.GetString(this[index]);
}
