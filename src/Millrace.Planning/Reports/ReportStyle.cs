namespace Millrace.Planning.Reports;

/// <summary>The look of reports: the palette of the server's page, light and dark by what the reader prefers.</summary>
static class ReportStyle
{
    const string Palette = """
        :root {
          color-scheme: light dark;
          --ground: light-dark(#fbfbfa, #16181b); --raised: light-dark(#ffffff, #1e2125); --edge: light-dark(#dcdfe3, #33383e);
          --text: light-dark(#1b1f23, #e6e8ea); --soft: light-dark(#5b646d, #9aa4ae); --accent: light-dark(#1f6a9e, #6bb5e3); --own: light-dark(#e8f1f8, #1d2f3c); --bad: light-dark(#a6262a, #f08a8a);
          --c0: light-dark(#1f6a9e, #6bb5e3); --c1: light-dark(#c2611f, #e8a35f); --c2: light-dark(#2f7d4f, #72c191); --c3: light-dark(#8a4fa3, #c79be0);
          --c4: light-dark(#a6262a, #f08a8a); --c5: light-dark(#6b6f14, #c9c95a); --c6: light-dark(#0f7f86, #5fc9cf); --c7: light-dark(#8a5a2b, #cfa67a);
        }
        """;

    const string Plots = """
        .plot { display: block; width: 100%; height: auto; font: 12px system-ui, "Segoe UI", Roboto, sans-serif; font-variant-numeric: tabular-nums; }
        .plot text { fill: var(--text); }
        .plot .soft, .plot .tick { fill: var(--soft); }
        .plot .label { paint-order: stroke; stroke: var(--raised); stroke-width: 3px; stroke-linejoin: round; }
        .plot .strong { font-weight: 650; }
        .plot .grid { stroke: var(--edge); stroke-width: 1; fill: none; }
        .plot .axis { stroke: var(--soft); stroke-width: 1; fill: none; }
        .plot .line { stroke: var(--c); stroke-width: 2; fill: none; stroke-linejoin: round; }
        .plot .thin { stroke-width: 1.25; opacity: .75; }
        .plot .dashed { stroke-dasharray: 6 5; stroke-width: 1.5; }
        .plot .band { fill: var(--c); opacity: .13; }
        .plot .error { stroke: var(--c); stroke-width: 1.5; fill: none; }
        .plot .dot { fill: var(--c); }
        .plot .marked { fill: var(--c); stroke: var(--raised); stroke-width: 2; }
        .plot .ground { fill: var(--raised); }
        .plot .c0 { --c: var(--c0); } .plot .c1 { --c: var(--c1); } .plot .c2 { --c: var(--c2); } .plot .c3 { --c: var(--c3); }
        .plot .c4 { --c: var(--c4); } .plot .c5 { --c: var(--c5); } .plot .c6 { --c: var(--c6); } .plot .c7 { --c: var(--c7); }
        """;

    const string Page = """
        * { box-sizing: border-box; }
        body { margin: 0 auto; max-width: 76rem; padding: 1.5rem 1.25rem 3rem; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, sans-serif; }
        h1 { font-size: 1.35rem; line-height: 1.25; margin: 0 0 .25rem; }
        h2 { font-size: 1.05rem; margin: 2rem 0 .6rem; }
        p { margin: .3rem 0; max-width: 62rem; }
        .soft { color: var(--soft); }
        .bad { color: var(--bad); }
        .headline { font-size: 1.15rem; padding: .7rem 1rem; margin: .9rem 0; border-left: 4px solid var(--accent); background: var(--own); border-radius: .3rem; max-width: none; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.6rem, 1fr)); gap: .75rem; margin: 1rem 0; }
        .tile { background: var(--raised); border: 1px solid var(--edge); border-radius: .6rem; padding: .6rem .9rem; }
        .tile b { display: block; font-size: 1.45rem; font-weight: 600; line-height: 1.3; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .tile span { display: block; color: var(--soft); font-size: .82rem; }
        .scroll { overflow-x: auto; }
        .scroll + .plots { margin-top: .9rem; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; background: var(--raised); border: 1px solid var(--edge); border-radius: .6rem; }
        th, td { text-align: right; padding: .3rem .6rem; border-bottom: 1px solid var(--edge); font-weight: 400; white-space: nowrap; }
        tr:last-child > * { border-bottom: 0; }
        thead th { color: var(--soft); font-size: .82rem; vertical-align: bottom; }
        .left { text-align: left; }
        .wrap { white-space: normal; min-width: 8rem; }
        tr.best > * { background: var(--own); }
        .plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(33rem, 100%), 1fr)); gap: .9rem; }
        figure { margin: 0; background: var(--raised); border: 1px solid var(--edge); border-radius: .6rem; padding: .8rem .9rem .6rem; min-width: 0; }
        figure h3 { margin: 0 0 .5rem; font-size: .95rem; font-weight: 600; }
        figcaption { font-size: .82rem; color: var(--soft); margin-top: .3rem; }
        .bar { display: flex; height: 1.6rem; border-radius: .3rem; overflow: hidden; max-width: 46rem; }
        .bar i { display: block; background: var(--c); }
        .keys { display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .85rem; color: var(--soft); margin: .4rem 0; }
        .keys i { display: inline-block; width: .75rem; height: .75rem; border-radius: .15rem; background: var(--c); margin-right: .35rem; vertical-align: -.05rem; }
        footer { margin-top: 2.5rem; font-size: .82rem; color: var(--soft); }
        @media print { body { max-width: none; } figure, .tile { break-inside: avoid; } }
        """;

    /// <summary>What a figure that stands alone needs.</summary>
    public const string ForPlots = Palette + Plots;

    /// <summary>What a page needs.</summary>
    public const string ForPages = Palette + Plots + Page;
}
