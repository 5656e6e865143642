namespace Millrace.Server.Ledger;

/// <summary>A table whose rows carry their SHA-256 in a last column <c>hash</c>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Columns">Names and types of the columns before the hash.</param>
/// <param name="Constraint">A constraint of the whole table; empty for none.</param>
/// <param name="Options">What follows the closing bracket.</param>
sealed record HashedTable(string Name, string[] Columns, string Constraint = "", string Options = "STRICT")
{
    public string CreateSql => $"CREATE TABLE {Name} ({string.Join(", ", Columns)}, hash BLOB NOT NULL CHECK (length(hash) = {RowHash.Length}){(Constraint.Length == 0 ? "" : $", {Constraint}")}) {Options};";

    public string InsertSql => $"INSERT INTO {Name} VALUES ({string.Join(", ", Enumerable.Range(1, Columns.Length + 1).Select(i => $"?{i}"))})";

    /// <summary>Selects all columns, the hash last.</summary>
    public string SelectSql => $"SELECT {string.Join(", ", Columns.Select(column => column.Split(' ')[0]))}, hash FROM {Name}";

    /// <summary>The values of a row with the hash of a row that follows none.</summary>
    public static object?[] Sealed(params object?[] values) => [.. values, RowHash.Of(RowHash.Zero, values)];

    /// <summary>Checks a row that follows none against its hash.</summary>
    /// <exception cref="LedgerException">It does not match.</exception>
    public void Check(string file, object?[] row, string name)
    {
        byte[] expected = RowHash.Of(RowHash.Zero, row.AsSpan(..^1));
        if (row[^1] is not byte[] found || !expected.AsSpan().SequenceEqual(found))
        {
            throw new LedgerException(file, $"{Name} {name}", $"a row with the hash {Convert.ToHexStringLower(expected)}", row[^1] is byte[] hash ? Convert.ToHexStringLower(hash) : "none");
        }
    }
}
