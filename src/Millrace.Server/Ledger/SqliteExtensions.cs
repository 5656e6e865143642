using Microsoft.Data.Sqlite;

namespace Millrace.Server.Ledger;

/// <summary>SQL in one line.</summary>
static class SqliteExtensions
{
    /// <summary>Runs statements without parameters.</summary>
    public static void Run(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    /// <summary>The first value that a statement gives; null where there is none.</summary>
    public static object? Scalar(this SqliteConnection connection, string sql)
    {
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar() is { } value and not DBNull ? value : null;
    }

    /// <summary>The rows that a statement gives, one by one; nulls are null.</summary>
    public static IEnumerable<object?[]> Rows(this SqliteConnection connection, string sql, params object?[] parameters)
    {
        using Statement statement = new(connection, sql);
        foreach (object?[] row in statement.Rows(parameters))
        {
            yield return row;
        }
    }
}
