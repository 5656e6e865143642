using Microsoft.Data.Sqlite;

namespace Millrace.Server.Ledger;

/// <summary>A prepared statement with parameters ?1, ?2, ….</summary>
sealed class Statement : IDisposable
{
    readonly SqliteCommand _command;

    public Statement(SqliteConnection connection, string sql)
    {
        _command = connection.CreateCommand();
        _command.CommandText = sql;
    }

    /// <summary>Runs it.</summary>
    /// <returns>How many rows it changed.</returns>
    public int Run(params ReadOnlySpan<object?> parameters)
    {
        Bind(parameters);
        return _command.ExecuteNonQuery();
    }

    /// <summary>The first row; null where there is none.</summary>
    public object?[]? First(params object?[] parameters) => Rows(parameters).FirstOrDefault();

    /// <summary>Its rows, one by one.</summary>
    public IEnumerable<object?[]> Rows(params object?[] parameters)
    {
        Bind(parameters);
        using SqliteDataReader reader = _command.ExecuteReader();
        while (reader.Read())
        {
            object?[] row = new object?[reader.FieldCount];
            reader.GetValues(row!);
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = row[i] is DBNull ? null : row[i];
            }

            yield return row;
        }
    }

    public void Dispose() => _command.Dispose();

    void Bind(ReadOnlySpan<object?> parameters)
    {
        for (int i = _command.Parameters.Count; i < parameters.Length; i++)
        {
            _command.Parameters.Add(new SqliteParameter { ParameterName = $"?{i + 1}" });
        }

        for (int i = 0; i < parameters.Length; i++)
        {
            _command.Parameters[i].Value = parameters[i] ?? DBNull.Value;
        }
    }
}
