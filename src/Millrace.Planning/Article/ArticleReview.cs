using Millrace.Planning.Costs;
using Millrace.Planning.Hardware;

namespace Millrace.Planning.Article;

/// <summary>Holds the claims of an article on machines for inference against physics, our predictions and what others measured. No figure that can be computed is written down: bounds come from the device catalogue and the models' shapes, predictions from cost models.</summary>
public static class ArticleReview
{
    /// <summary>Judges every claim, in the order of the article.</summary>
    /// <param name="catalogue">The devices.</param>
    /// <param name="price">Makes cost models; throws <see cref="PlanningException"/> for a machine that none prices.</param>
    public static IReadOnlyList<Finding> Judge(DeviceCatalogue catalogue, Func<Deployment, ICostModel> price)
    {
        ArticleContext context = new(catalogue, price);
        Dictionary<string, Finding> findings = new Finding[][] { [.. TableClaims.Of(context)], [.. SpeedClaims.Of(context)], [.. CostClaims.Of(context)], [.. MachineClaims.Of(context)], [.. MarketClaims.Of(context)] }
            .SelectMany(static some => some)
            .ToDictionary(static finding => finding.Claim.Id);
        return [.. context.Data.Claims.Select(claim => findings[claim.Id])];
    }
}
