using System.Globalization;
using System.Text.RegularExpressions;

namespace Millrace.Planning.Hardware;

/// <summary>A spelling of a device cut into words and numbers, so that <c>H100-SXM5-80GB</c>, <c>h100_sxm</c> and <c>NVIDIA H100 80GB HBM3</c> are seen to say the same: <c>h 100 sxm 5 80 gb</c>, and so on.</summary>
sealed partial class Spelling
{
    static readonly string[] Fillers = ["nvidia", "amd", "intel", "apple", "google", "aws", "instinct", "geforce", "arc", "bmg", "tesla", "cpu", "r", "xeon", "core"];
    static readonly string[] Counted = ["chips", "chip", "gpus", "gpu", "cards", "card", "accelerators", "wafers", "devices", "sockets", "socket", "s"];

    readonly string[] _pieces;

    Spelling(string text)
    {
        string plain = Architecture().Replace(text.ToLowerInvariant().Replace('×', 'x'), " ");
        plain = CountBehind().Replace(CountBefore().Replace(plain, " $1 x "), " x $1 ");
        _pieces = [.. Piece().Matches(plain).Select(match => match.Value)];
    }

    /// <summary>Cuts a text; of a very long one only its begin.</summary>
    public static Spelling Of(string text) => new(text.Length <= 500 ? text : text[..500]);

    /// <summary>The pieces run together.</summary>
    public string Joined => string.Concat(_pieces);

    /// <summary>The pieces, for comparison.</summary>
    public string Key => string.Join(' ', _pieces);

    /// <summary>Where another spelling's pieces stand in these, one after the other, or -1.</summary>
    public int IndexOf(Spelling part)
    {
        for (int start = 0; part._pieces.Length > 0 && start + part._pieces.Length <= _pieces.Length; start++)
        {
            if (_pieces.AsSpan(start, part._pieces.Length).SequenceEqual(part._pieces))
            {
                return start;
            }
        }

        return -1;
    }

    /// <summary>The number of chips that stands beside a part: <c>8 x</c> or <c>2S</c> before it, <c>x 8</c> or <c>(576 chips …)</c> behind it.</summary>
    /// <param name="start">Where the part stands.</param>
    /// <param name="length">Pieces of the part.</param>
    /// <returns>The number, or null where none is said.</returns>
    public int? CountAt(int start, int length)
    {
        int before = start - 1;
        while (before >= 0 && Fillers.Contains(_pieces[before]))
        {
            before--;
        }

        if (before >= 1 && (_pieces[before] == "x" || Counted.Contains(_pieces[before])) && Number(before - 1) is { } stated)
        {
            return stated;
        }

        for (int i = start + length; i < _pieces.Length - 1; i++)
        {
            if (_pieces[i] == "x" && Number(i + 1) is { } behind)
            {
                return behind;
            }

            if (Counted.Contains(_pieces[i + 1]) && _pieces[i + 1] != "s" && Number(i) is { } counted && (i + 2 >= _pieces.Length || _pieces[i + 2] != "core"))
            {
                return counted;
            }
        }

        return null;
    }

    /// <summary>The number right behind a part and last in the spelling, as in <c>v5e-16</c>; null where there is none.</summary>
    public int? NumberBehind(int start, int length) => start + length == _pieces.Length - 1 ? Number(start + length) : null;

    /// <summary>Pieces of the spelling.</summary>
    public int Length => _pieces.Length;

    /// <summary>Whether it has a number: what names one model, where words may name a maker or a family.</summary>
    public bool HasNumber => _pieces.Any(static piece => char.IsAsciiDigit(piece[0]));

    int? Number(int index) => int.TryParse(_pieces[index], NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= 1_000_000 ? number : null;

    // They end in digits, which are no numbers of chips.
    [GeneratedRegex("aarch64|x86[-_]64|arm64")]
    private static partial Regex Architecture();

    // 8xMI300X, 4x-BMG, 8x H100; not the 48x of 48xlarge.
    [GeneratedRegex(@"(?<![a-z0-9.])(\d{1,6})\s?x(?=[^a-z0-9]|(?!large)[a-z])")]
    private static partial Regex CountBefore();

    // 141GBx8, H100x8, (x32), MI300Xx8; not RTX4090, whose x ends a short word.
    [GeneratedRegex(@"(?<!(?:^|[^a-z0-9])[a-z]{1,2})x(\d{1,6})(?![a-z0-9])")]
    private static partial Regex CountBehind();

    [GeneratedRegex("[a-z]+|[0-9]+")]
    private static partial Regex Piece();
}
