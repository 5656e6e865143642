namespace Millrace.Tests.Conformance;

/// <summary>What a test that needs llama.cpp calls first.</summary>
static class LlamaCppPeer
{
    /// <summary>Skips the calling test, saying why, where llama.cpp's libraries are absent.</summary>
    public static void Require()
    {
        if (LlamaCpp.Folder is null)
        {
            Assert.Skip("needs npm's @node-llama-cpp/linux-x64 under artifacts/peers (or MILLRACE_PEERS), on Linux x64");
        }
    }
}
