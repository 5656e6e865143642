namespace Millrace.Server.Store;

/// <summary>A model cannot be fetched, found or removed: the message names what, where, what was expected and what was found.</summary>
public sealed class StoreException(string message) : IOException(message);
