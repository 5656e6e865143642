using System.Diagnostics;
using Millrace.Server.Ledger;

namespace Millrace.LedgerKill;

/// <summary>Starts loads as processes, kills them, and checks what they leave.</summary>
sealed class KillLoop(string folder, int seed)
{
    const int KilledExitCode = 128 + 9;

    readonly Random _random = new(seed);
    int _round;

    /// <summary>What clients know.</summary>
    public History History { get; } = new();

    /// <summary>The file.</summary>
    public string LedgerPath => Path.Combine(folder, UsageLedger.FileName);

    /// <summary>Kills a load at any moment, also while it starts.</summary>
    public void KillAtRandom()
    {
        using Process process = Start();
        int delay = _random.Next(20, 200);
        StreamReader lines = process.StandardOutput;
        Task reading = Task.Run(() =>
        {
            while (lines.ReadLine() is { } line)
            {
                if (line == "READY")
                {
                    // A writer that has begun: from here on there is something to lose.
                    _ = Task.Delay(delay).ContinueWith(_ => Kill(process), TaskScheduler.Default);
                    continue;
                }

                History.Read(line);
            }
        });
        // Now and then before the ledger is open: a start that recovers may be killed too.
        if (_random.Next(4) == 0)
        {
            Thread.Sleep(_random.Next(60, 200));
            Kill(process);
        }

        reading.Wait();
        Wait(process);
        Check();
    }

    /// <summary>Lets a load kill itself at the n-th time of a step.</summary>
    public void KillAt(WriteStep step, int time)
    {
        using Process process = Start(step.ToString(), $"{time}");
        while (process.StandardOutput.ReadLine() is { } line)
        {
            History.Read(line);
        }

        Wait(process);
        Check();
    }

    /// <summary>Starts a load and kills it after some time, and leaves the files as they are.</summary>
    public void KillAndLeave(int milliseconds)
    {
        using Process process = Start();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            History.Read(line);
            if (line == "READY")
            {
                _ = Task.Delay(milliseconds).ContinueWith(_ => Kill(process), TaskScheduler.Default);
            }
        }

        Wait(process);
    }

    /// <summary>Opens the ledger, which recovers, and holds it against the history.</summary>
    public void Check()
    {
        UsageLedger ledger = UsageLedger.Open(LedgerPath, TimeProvider.System, "EUR");
        using (LedgerReader reader = LedgerReader.Open(LedgerPath))
        {
            History.Check(reader.Records(), ledger.BalanceOf("key"));
        }

        ledger.DisposeAsync().AsTask().Wait();
    }

    Process Start(params string[] crash)
    {
        ProcessStartInfo start = new("dotnet", [typeof(KillLoop).Assembly.Location, "load", LedgerPath, $"{seed * 10_000 + ++_round}", .. crash]) { RedirectStandardOutput = true };
        return Process.Start(start)!;
    }

    void Wait(Process process)
    {
        process.WaitForExit();
        if (process.ExitCode != KilledExitCode)
        {
            History.Faults.Add($"the load ended by itself with code {process.ExitCode}");
        }
    }

    static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (InvalidOperationException)
        {
            // It has ended.
        }
    }
}
