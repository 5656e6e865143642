using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Millrace.Server.Models;

namespace Millrace.Server.OpenAi;

/// <summary>Names what answers: this build of Millrace, and the model with how it runs. The same fingerprint, request and seed give the same answer.</summary>
sealed class Fingerprint(ModelRegistry models)
{
    readonly ConditionalWeakTable<Engine, string> _known = [];

    /// <summary>The fingerprint of a loaded model.</summary>
    public string Of(ModelLease model) => _known.GetValue(model.Engine, _ => Compute(model));

    string Compute(ModelLease model)
    {
        string build = typeof(Engine).Module.ModuleVersionId.ToString("N");
        string? files = models.Find(model.Name)?.Details?.Files.Hash;
        return "fp_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{build} {files} {model.Options.KvType}")).AsSpan(0, 5));
    }
}
