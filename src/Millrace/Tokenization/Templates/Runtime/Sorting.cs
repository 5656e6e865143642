using System.Numerics;
using Millrace.Tokenization.Templates.Values;

namespace Millrace.Tokenization.Templates.Runtime;

/// <summary>Python's stable sorted(), and the keys that Jinja2's filters sort, group and compare by.</summary>
static class Sorting
{
    /// <summary>The items in the order of their keys; equal ones stay as they were, in reverse too.</summary>
    /// <exception cref="TemplateException">Two keys have no order.</exception>
    public static T[] Sort<T>(RenderContext context, T[] items, Func<T, Value> key, bool reverse)
    {
        context.Charge((long)items.Length * BitOperations.Log2((uint)items.Length + 1));
        Value[] keys = Array.ConvertAll(items, item => key(item));
        if (keys.Length == 1)
        {
            return items;
        }

        var order = new int[items.Length];
        for (int i = 0; i < order.Length; i++)
        {
            order[i] = i;
        }

        // A merge sort of its own: it is stable, and an error of a comparison passes through as it is.
        MergeSort(order, new int[order.Length], 0, order.Length, (a, b) => reverse
            ? Comparison.Order(context, keys[a], keys[b]) < 0
            : Comparison.Order(context, keys[b], keys[a]) < 0);
        return Array.ConvertAll(order, index => items[index]);
    }

    /// <summary>
    /// What <c>attribute="a.b"</c> of a filter reads from an item: the item itself for null, with strings in lower case if
    /// asked for.
    /// </summary>
    public static Func<Value, Value> Getter(RenderContext context, Value? attribute, bool ignoreCase = false, Value? otherwise = null)
    {
        Value[] parts = Parts(attribute);
        return item =>
        {
            foreach (Value part in parts)
            {
                context.Charge();
                item = Access.Item(context, item, part);
                item = item is UndefinedValue && otherwise is not null and not NoneValue ? otherwise : item;
            }

            return ignoreCase ? IgnoreCase(item) : item;
        };
    }

    /// <summary>The key for <c>attribute="a,b.c"</c> of the sort filter: a list with an entry for each, so that equal entries need no order.</summary>
    public static Func<Value, Value> MultiGetter(RenderContext context, Value? attribute, bool ignoreCase)
    {
        Func<Value, Value>[] getters = attribute is Str names && names.Text.Contains(',', StringComparison.Ordinal)
            ? [.. names.Text.Split(',').Select(name => Getter(context, new Str(name, trusted: true), ignoreCase))]
            : [Getter(context, attribute, ignoreCase)];
        return item => new ListValue([.. getters.Select(getter => getter(item))]);
    }

    public static Value IgnoreCase(Value value) => value is Str text ? StringMethods.Recase(text, PythonCase.Lower) : value;

    static Value[] Parts(Value? attribute) => attribute switch
    {
        null or NoneValue => [],
        Str path => [.. path.Text.Split('.').Select(Part)],
        _ => [attribute],
    };

    static Value Part(string part) => part.Length > 0 && part.All(char.IsAsciiDigit) && Numbers.ParseInteger(part, 10) is { } index
        ? IntValue.Of(index)
        : new Str(part, trusted: true);

    static void MergeSort(int[] order, int[] buffer, int start, int end, Func<int, int, bool> before)
    {
        if (end - start < 2)
        {
            return;
        }

        int middle = (start + end) / 2;
        MergeSort(order, buffer, start, middle, before);
        MergeSort(order, buffer, middle, end, before);
        Array.Copy(order, start, buffer, start, end - start);
        for (int left = start, right = middle, at = start; at < end; at++)
        {
            bool takeRight = left == middle || (right < end && before(buffer[left], buffer[right]));
            order[at] = takeRight ? buffer[right++] : buffer[left++];
        }
    }
}
