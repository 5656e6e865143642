using System.Globalization;

namespace Millrace.Planning.Reports;

/// <summary>Where the values of an axis lie, and which of them are marked.</summary>
sealed class Scale
{
    readonly bool _isLog;
    readonly double _low;
    readonly double _high;
    readonly double _start;
    readonly double _end;

    /// <summary>Makes an axis that holds all values.</summary>
    /// <param name="axis">Its kind.</param>
    /// <param name="values">What it must hold: finite, above 0 where it is logarithmic. Empty: 0 to 1, or 1 to 10.</param>
    /// <param name="start">Where its least value is drawn.</param>
    /// <param name="end">Where its greatest value is drawn.</param>
    public Scale(PlotAxis axis, IReadOnlyCollection<double> values, double start, double end)
    {
        (_isLog, _start, _end) = (axis.IsLog, start, end);
        double low = values.Count > 0 ? values.Min() : _isLog ? 1 : 0;
        double high = values.Count > 0 ? values.Max() : _isLog ? 10 : 1;
        if (_isLog)
        {
            // A little air, and at least a factor of two, so that equal values lie in the middle.
            double air = Math.Max(Math.Pow(high / low, 0.05), low == high ? 1.5 : 1.02);
            (_low, _high) = (Math.Log10(low / air), Math.Log10(high * air));
        }
        else
        {
            double air = high == low ? Math.Max(Math.Abs(high) * 0.1, 1e-9) : (high - low) * 0.05;
            (_low, _high) = (low == 0 ? 0 : low - air, high + air);
        }
    }

    /// <summary>Where a value is drawn.</summary>
    public double At(double value) => _start + (((_isLog ? Math.Log10(value) : value) - _low) / (_high - _low) * (_end - _start));

    /// <summary>Whether a value can be drawn.</summary>
    public static bool Holds(PlotAxis axis, double value) => double.IsFinite(value) && (!axis.IsLog || value > 0);

    /// <summary>The values to mark.</summary>
    public IEnumerable<double> Ticks() => _isLog ? LogTicks() : LinearTicks();

    /// <summary>How a mark is written: 0.01, 5, 20, 1k, 2M.</summary>
    public static string Text(double tick) => Math.Abs(tick) switch
    {
        0 => "0",
        >= 1e15 => Short(tick / 1e15) + "P",
        >= 1e12 => Short(tick / 1e12) + "T",
        >= 1e9 => Short(tick / 1e9) + "G",
        >= 1e6 => Short(tick / 1e6) + "M",
        >= 1e3 => Short(tick / 1e3) + "k",
        _ => Short(tick),
    };

    // Powers of ten; between them 2 and 5 where there is room.
    IEnumerable<double> LogTicks()
    {
        double decades = _high - _low;
        int every = (int)Math.Ceiling(decades / 8);
        double[] within = decades < 3.2 ? [1, 2, 5] : [1];
        if (decades < 0.7)
        {
            within = [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
        }

        for (int power = (int)Math.Floor(_low); power <= Math.Ceiling(_high); power++)
        {
            foreach (double digit in within)
            {
                double log = power + Math.Log10(digit);
                if (power % every == 0 && log >= _low - 1e-9 && log <= _high + 1e-9)
                {
                    yield return digit * Math.Pow(10, power);
                }
            }
        }
    }

    IEnumerable<double> LinearTicks()
    {
        double rough = (_high - _low) / 6;
        double power = Math.Pow(10, Math.Floor(Math.Log10(rough)));
        double step = (rough / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 } * power;
        for (double k = Math.Ceiling((_low / step) - 1e-9); k * step <= _high + (step * 1e-9); k++)
        {
            yield return k * step;
        }
    }

    static string Short(double value) => value.ToString("0.###############", CultureInfo.InvariantCulture) is { Length: <= 6 } text ? text : value.ToString("G3", CultureInfo.InvariantCulture);
}
