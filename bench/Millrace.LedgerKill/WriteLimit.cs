using System.Globalization;
using System.Runtime.InteropServices;
using Millrace.Scheduling;
using Millrace.Server.Ledger;

namespace Millrace.LedgerKill;

/// <summary>Lets every n-th write fail in turn, by the process's limit on the size of files: the log cannot grow beyond it, as on a full disk.</summary>
static partial class WriteLimit
{
    const int FileSize = 1; // RLIMIT_FSIZE
    const int TooLarge = 25; // SIGXFSZ
    const long Step = 6180; // one and a half frames of the log
    const int Requests = 6;

    /// <summary>For limits that grow until nothing fails: all acknowledged requests are there, none is admitted after the failure, even with room again.</summary>
    public static int Run(string folder)
    {
        using PosixSignalRegistration ignore = PosixSignalRegistration.Create((PosixSignal)TooLarge, static context => context.Cancel = true);
        int failures = 0;
        for (long room = 0; ; room += Step)
        {
            string path = Path.Combine(folder, room.ToString(CultureInfo.InvariantCulture), UsageLedger.FileName);
            (bool failed, List<Receipt> acknowledged) = RunOnce(path, room).GetAwaiter().GetResult();
            UsageLedger again = UsageLedger.Open(path, TimeProvider.System);
            using LedgerReader reader = LedgerReader.Open(path);
            List<Receipt> records = [.. reader.Records()];
            again.DisposeAsync().AsTask().Wait();
            if (acknowledged.Except(records).Any() || records.Count > acknowledged.Count + 1)
            {
                Console.Error.WriteLine($"room for {room} bytes: {acknowledged.Count} acknowledged, {records.Count} there");
                return 1;
            }

            if (!failed)
            {
                Console.WriteLine($"{failures} failed writes");
                return acknowledged.Count == Requests ? 0 : 1;
            }

            failures++;
        }
    }

    static async Task<(bool Failed, List<Receipt> Acknowledged)> RunOnce(string path, long room)
    {
        await using UsageLedger ledger = UsageLedger.Open(path, TimeProvider.System);
        List<Receipt> acknowledged = [];
        Limit(room);
        try
        {
            for (int i = 0; i < Requests; i++)
            {
                ReserveResult reserved = await ledger.ReserveAsync(Reservation());
                await reserved.Request!.ProgressAsync(1, 0);
                acknowledged.Add(await reserved.Request.SettleAsync(new Outcome { Ending = Ending.Stop, PromptTokens = 1, CompletionTokens = 1 }));
            }

            return (false, acknowledged);
        }
        catch (LedgerUnavailableException)
        {
            Limit(long.MaxValue);
            try
            {
                await ledger.ReserveAsync(Reservation());
                throw new InvalidOperationException("a request was admitted after a failed write");
            }
            catch (LedgerUnavailableException) when (ledger.Failure is not null)
            {
                return (true, acknowledged);
            }
        }
        finally
        {
            Limit(long.MaxValue);
        }
    }

    static Reservation Reservation() => new()
    {
        Id = RequestId.New(),
        Tenant = "tenant",
        Model = "story",
        Class = ServiceClass.Standard,
        PromptTokens = 1,
        OutputTokens = 1,
        Price = Load.Price,
        PriceVersion = "EUR-1",
    };

    // The soft limit alone, so that it can be raised again.
    static void Limit(long bytes)
    {
        if (GetLimit(FileSize, out ResourceLimit limit) != 0)
        {
            throw new InvalidOperationException("the limit cannot be read");
        }

        limit.Soft = bytes == long.MaxValue ? limit.Hard : bytes;
        if (SetLimit(FileSize, in limit) != 0)
        {
            throw new InvalidOperationException("the limit cannot be set");
        }
    }

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    struct ResourceLimit
    {
        public long Soft;
        public long Hard;
    }
}
