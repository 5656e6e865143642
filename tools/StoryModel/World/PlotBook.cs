using Millrace.Tools.StoryModel.World.Plots;

namespace Millrace.Tools.StoryModel.World;

/// <summary>All plots.</summary>
static class PlotBook
{
    internal static readonly Plot[] All =
    [
        .. LossPlots.All,
        .. FearPlots.All,
        .. FriendPlots.All,
        .. WeatherPlots.All,
        .. MakingPlots.All,
        .. AdventurePlots.All,
        .. FeastPlots.All,
    ];
}
