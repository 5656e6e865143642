using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Millrace.Tests.Conformance;

/// <summary>llama.cpp as a peer: the prebuilt libraries of npm's <c>@node-llama-cpp/linux-x64</c>, loaded once a process. Its parameter structs are opaque bytes here, whose few fields of interest stand at offsets read from their defaults (v0.5.0).</summary>
static unsafe partial class LlamaCpp
{
    const int Now = 2;
    const int Global = 0x100;
    const int ErrorLevel = 4;

    static readonly Lock Gate = new();
    static readonly StringBuilder Errors = new();
    static string? _backend;
    static LlamaCppApi? _api;

    /// <summary>The folder of the libraries, or null where they are not installed: <c>MILLRACE_PEERS</c> (a node_modules folder), else <c>artifacts/peers/node_modules</c> of the checkout.</summary>
    public static string? Folder { get; } = Find();

    /// <summary>The functions, after loading the libraries where that was not done yet.</summary>
    /// <param name="backend">Which CPU back end to load, or null for the one named by <c>MILLRACE_PEER_BACKEND</c>, else the best for this machine. A process loads one.</param>
    /// <exception cref="InvalidOperationException">They are not installed, or another back end is loaded.</exception>
    public static LlamaCppApi Load(string? backend = null)
    {
        lock (Gate)
        {
            backend ??= Environment.GetEnvironmentVariable("MILLRACE_PEER_BACKEND");
            if (_api is not null)
            {
                return backend is null || backend == _backend
                    ? _api
                    : throw new InvalidOperationException($"this process has loaded the back end {_backend ?? "of ggml's choice"}, not {backend}");
            }

            string folder = Folder ?? throw new InvalidOperationException("llama.cpp's libraries are not installed");
            Open(Path.Combine(folder, "libggml-base.so"));
            IntPtr ggml = Open(One(folder, "libggml.v*.so"));
            IntPtr llama = Open(One(folder, "libllama.v*.so"));
            LlamaCppApi api = new(llama, ggml);
            api.SetLog(&Log, IntPtr.Zero);
            if (backend is null)
            {
                fixed (byte* path = Utf8(folder))
                {
                    api.LoadBackends(path);
                }
            }
            else
            {
                fixed (byte* path = Utf8(Path.Combine(folder, $"libggml-cpu-{backend}.so")))
                {
                    if (api.LoadBackend(path) == IntPtr.Zero)
                    {
                        throw new InvalidOperationException($"ggml cannot load its back end {backend}: {TakeErrors()}");
                    }
                }
            }

            _backend = backend;
            return _api = api;
        }
    }

    /// <summary>What llama.cpp has written to its log at level error since the last call.</summary>
    public static string TakeErrors()
    {
        lock (Errors)
        {
            string text = Errors.ToString().Trim();
            Errors.Clear();
            return text;
        }
    }

    /// <summary>A zero-terminated UTF-8 string.</summary>
    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text + "\0");

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void Log(int level, byte* text, IntPtr user)
    {
        if (level >= ErrorLevel)
        {
            lock (Errors)
            {
                Errors.Append(Marshal.PtrToStringUTF8((IntPtr)text));
            }
        }
    }

    // The libraries find one another's symbols through the global scope; NativeLibrary.Load would open them locally.
    static IntPtr Open(string path)
    {
        IntPtr handle = DlOpen(path, Now | Global);
        return handle != IntPtr.Zero ? handle : throw new DllNotFoundException($"{path}: {Marshal.PtrToStringUTF8(DlError())}");
    }

    static string One(string folder, string pattern) => Directory.GetFiles(folder, pattern) is [string only]
        ? only
        : throw new DllNotFoundException($"{folder} does not hold exactly one {pattern}");

    static string? Find()
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
        {
            return null;
        }

        string? modules = Environment.GetEnvironmentVariable("MILLRACE_PEERS");
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); modules is null && folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Millrace.slnx")))
            {
                modules = Path.Combine(folder.FullName, "artifacts", "peers", "node_modules");
            }
        }

        string? libraries = modules is null ? null : Path.Combine(modules, "@node-llama-cpp", "linux-x64", "bins", "linux-x64");
        return Directory.Exists(libraries) ? libraries : null;
    }

    [LibraryImport("libc.so.6", EntryPoint = "dlopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial IntPtr DlOpen(string path, int flags);

    [LibraryImport("libc.so.6", EntryPoint = "dlerror")]
    private static partial IntPtr DlError();
}
