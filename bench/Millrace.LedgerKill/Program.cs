using System.Diagnostics;
using System.Globalization;
using Millrace.LedgerKill;
using Millrace.Server.Ledger;

switch (args)
{
    case ["load", string path, string seed, .. string[] crash]:
        UsageLedger ledger = Load.Open(path, crash.Length == 0 ? null : Enum.Parse<WriteStep>(crash[0]), crash.Length == 0 ? 0 : int.Parse(crash[1], CultureInfo.InvariantCulture));
        Stream output = new FileStream(new Microsoft.Win32.SafeHandles.SafeFileHandle(1, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        output.Write("READY\n"u8);
        await new Load(ledger, int.Parse(seed, CultureInfo.InvariantCulture), output).RunAsync();
        return 0;

    case ["limit", string folder]:
        return WriteLimit.Run(folder);

    case ["kill", string count]:
        return Kill(int.Parse(count, CultureInfo.InvariantCulture));

    default:
        Console.Error.WriteLine("usage: kill N | load LEDGER SEED [STEP TIME] | limit FOLDER");
        return 2;
}

static int Kill(int count)
{
    string folder = Directory.CreateTempSubdirectory("millrace-kill-").FullName;
    int seed = RandomNumber();
    KillLoop loop = new(folder, seed);
    long start = Stopwatch.GetTimestamp();
    int kills = 0;
    while (kills < count && loop.History.Faults.Count == 0)
    {
        loop.KillAtRandom();
        kills++;
        if (kills % 100 == 0)
        {
            Console.Error.WriteLine($"{kills} kills, {loop.History.Acknowledged} requests acknowledged");
        }
    }

    History history = loop.History;
    foreach (string fault in history.Faults.Take(10))
    {
        Console.Error.WriteLine(fault);
    }

    Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
        $"{(history.Faults.Count == 0 ? "PASS" : "FAIL")}: {kills} kills, {history.Acknowledged} acknowledged, {history.Recovered} recovered, {history.Faults.Count} lost, doubled or over-billed, at most {history.MostUnderBilled} tokens of a stream under-billed, seed {seed}, {Stopwatch.GetElapsedTime(start).TotalSeconds:0} s"));
    if (history.Faults.Count > 0)
    {
        Console.Error.WriteLine($"the ledger stays in {folder}");
        return 1;
    }

    Directory.Delete(folder, recursive: true);
    return 0;
}

static int RandomNumber() => System.Security.Cryptography.RandomNumberGenerator.GetInt32(100_000);
