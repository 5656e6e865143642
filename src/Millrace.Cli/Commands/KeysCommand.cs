using System.CommandLine;
using System.Globalization;
using Millrace.Scheduling;
using Millrace.Server.Keys;
using Spectre.Console;

namespace Millrace.Cli.Commands;

/// <summary><c>keys</c>: makes, lists and revokes API keys, also while a server runs.</summary>
sealed class KeysCommand : Command
{
    const int MostPerMinute = (int)KeyLimits.MostPerMinute;

    readonly Terminal _terminal;
    readonly Argument<string> _name = new("NAME") { Description = "The key's name" };
    readonly Argument<string> _which = new("ID|NAME") { Description = "The key's id or name" };
    readonly Option<string?> _tenant = CliOptions.Text("--tenant", "Who pays and shares prefixes [default: the key's name]", "NAME");
    readonly Option<string> _class = CliOptions.Choice("--class", "Class of requests that name none", "standard", "realtime", "batch");
    readonly Option<int?> _requests = CliOptions.OptionalInt("--rpm", "Requests in a minute", 1, MostPerMinute);
    readonly Option<int?> _tokens = CliOptions.OptionalInt("--tpm", "Tokens in a minute, of prompts and answers", 1, MostPerMinute);
    readonly Option<int?> _concurrency = CliOptions.OptionalInt("--concurrency", "Requests at a time", 1, MostPerMinute);
    readonly Option<long?> _budget = CliOptions.Money("--budget", "Money in the key's whole life, in units of the price list's currency");
    readonly Option<string[]> _scopes = new("--scope") { Description = "What it opens, again for more: inference, admin, metrics [default: inference]", HelpName = "SCOPE" };

    public KeysCommand(Terminal terminal)
        : base("keys", "Makes, lists and revokes API keys")
    {
        _terminal = terminal;
        _scopes.AcceptOnlyFromAmong("inference", "admin", "metrics");
        Command add = new("add", "Makes a key and prints it, this once") { _name, _tenant, _class, _requests, _tokens, _concurrency, _budget, _scopes };
        add.SetAction(Make);
        Command list = new("ls", "Lists the keys");
        list.SetAction(_ => List());
        Command revoke = new("revoke", "Makes a key invalid, within a second also in a server that runs") { _which };
        revoke.SetAction(Revoke);
        Add(add);
        Add(list);
        Add(revoke);
    }

    void Make(ParseResult parse)
    {
        string name = Checked(_name, parse.GetRequiredValue(_name));
        string tenant = Checked(_tenant, parse.GetValue(_tenant) ?? name);
        using KeyStore store = Open();
        KeyLimits limits = new()
        {
            RequestsPerMinute = parse.GetValue(_requests),
            TokensPerMinute = parse.GetValue(_tokens),
            Concurrency = parse.GetValue(_concurrency),
            Budget = parse.GetValue(_budget),
        };
        try
        {
            (ApiKey key, string text) = store.Add(name, tenant, Scopes(parse), Enum.Parse<ServiceClass>(parse.GetRequiredValue(_class), ignoreCase: true), limits);
            _terminal.Out.WriteLine(text);
            _terminal.Error.WriteLine($"millrace: key {key.Id} '{Printable.Of(key.Name)}' is made; it is shown this once");
        }
        catch (ArgumentException exception)
        {
            throw new CommandException(exception.Message);
        }
    }

    void List()
    {
        using KeyStore store = Open();
        Table table = Tables.New("id", "name", "tenant", "scopes", "class", ">rpm", ">tpm", ">concurrency", ">budget", "created", "revoked");
        foreach (ApiKey key in store.Keys)
        {
            KeyLimits limits = key.Limits;
            table.Add(
                key.Id, Printable.Of(key.Name), Printable.Of(key.Tenant), key.Scopes.ToString().ToLowerInvariant(), key.Class.ToString().ToLowerInvariant(),
                Limit(limits.RequestsPerMinute), Limit(limits.TokensPerMinute), Limit(limits.Concurrency), limits.Budget is { } budget ? Tables.Money(budget) : "-",
                Time(key.Created), key.Revoked is { } revoked ? Time(revoked) : "-");
        }

        _terminal.Write(table);
    }

    void Revoke(ParseResult parse)
    {
        using KeyStore store = Open();
        string which = parse.GetRequiredValue(_which);
        ApiKey key = store.Revoke(which) ?? throw new CommandException($"there is no live key '{Printable.Of(which)}'");
        _terminal.Error.WriteLine($"millrace: key {key.Id} '{Printable.Of(key.Name)}' is revoked");
    }

    static string Checked(Symbol place, string text) => KeyStore.IsName(text) ? text : throw new UsageException($"{place.Name}: expected {KeyStore.NameRule}, found '{Printable.Of(text)}'");

    KeyScopes Scopes(ParseResult parse) => parse.GetValue(_scopes) is { Length: > 0 } named
        ? named.Aggregate(KeyScopes.None, (scopes, name) => scopes | Enum.Parse<KeyScopes>(name, ignoreCase: true))
        : KeyScopes.Inference;

    static KeyStore Open() => KeyStore.Open(ModelStore.LedgerPath, TimeProvider.System);

    static string Limit(long? limit) => limit?.ToString(CultureInfo.InvariantCulture) ?? "-";

    static string Time(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
