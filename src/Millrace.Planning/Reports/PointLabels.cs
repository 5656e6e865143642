namespace Millrace.Planning.Reports;

/// <summary>Finds places for the labels of points, so that none covers another label or a point.</summary>
sealed class PointLabels(double left, double top, double right, double bottom)
{
    const double CharacterWidth = 6.4;
    const double Height = 14;

    readonly List<(double Left, double Top, double Right, double Bottom)> _taken = [];

    /// <summary>About how wide a text is at 12 pixels.</summary>
    public static double Width(string text) => text.Length * CharacterWidth;

    /// <summary>Keeps a point free.</summary>
    public void Occupy(double x, double y) => _taken.Add((x - 4, y - 4, x + 4, y + 4));

    /// <summary>Where a label begins on its base line, or null where there is no room for it.</summary>
    public (double X, double Y)? Place(double x, double y, string text)
    {
        double width = Width(text);
        (double X, double Y)[] places = [(x + 9, y - 7), (x + 9, y + 15), (x - 9 - width, y - 7), (x - 9 - width, y + 15), (x - (width / 2), y - 11), (x - (width / 2), y + 20), (x + 9, y - 22), (x - 9 - width, y - 22), (x + 9, y + 30), (x - 9 - width, y + 30)];
        foreach ((double atX, double atY) in places)
        {
            (double Left, double Top, double Right, double Bottom) box = (atX, atY - Height + 3, atX + width, atY + 3);
            if (box.Left >= left && box.Right <= right && box.Top >= top && box.Bottom <= bottom && !_taken.Exists(other => Overlap(box, other)))
            {
                _taken.Add(box);
                return (atX, atY);
            }
        }

        return null;
    }

    static bool Overlap((double Left, double Top, double Right, double Bottom) a, (double Left, double Top, double Right, double Bottom) b) =>
        a.Left < b.Right && b.Left < a.Right && a.Top < b.Bottom && b.Top < a.Bottom;
}
