using Millrace.Kernels;

namespace Millrace.Tests.Kernels;

public class ProcessorsTests
{
    [Fact]
    public void The_processors_of_a_thread_are_those_that_the_system_tells()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs Linux");
        Assert.Equal(Told(), Processors.Allowed());
    }

    [Fact]
    public void Only_a_thread_for_each_processor_is_bound()
    {
        int all = Environment.ProcessorCount;
        bool can = OperatingSystem.IsLinux() && all > 1 && Processors.Allowed().Length == all && Processors.FindObstacle(Environment.GetEnvironmentVariable(Processors.Variable)) is null;
        Assert.Equal(can ? Processors.Allowed() : null, Processors.For(all));
        Assert.Null(Processors.For(1));
        Assert.Null(Processors.For(all + 1));
        Assert.StartsWith(can ? "workers bound to " : "not bound: ", Processors.Status(all));
        Assert.StartsWith("not bound: ", Processors.Status(all + 1));
    }

    /// <summary>Each worker sits on its own processor; the thread that runs the pool, and threads that others start meanwhile, may go anywhere.</summary>
    [Fact]
    public void Workers_have_a_processor_each_and_callers_keep_theirs()
    {
        int threads = Environment.ProcessorCount;
        Assert.SkipUnless(Processors.For(threads) is not null, "no thread is bound here");
        int[] before = Processors.Allowed();
        using WorkerPool pool = new(threads);
        Where work = new(threads);
        pool.Run(work);
        for (int i = 1; i < threads; i++)
        {
            Assert.Equal([before[i]], work.Allowed[i]);
        }

        Assert.Equal(before, work.Allowed[0]);
        Assert.Equal(before, Processors.Allowed());
    }

    [Fact]
    public void Other_pools_are_not_bound()
    {
        int[] before = Processors.Allowed();
        using WorkerPool pool = new(Environment.ProcessorCount + 1);
        Where work = new(pool.Threads);
        pool.Run(work);
        Assert.All(work.Allowed, allowed => Assert.Equal(before, allowed));
    }

    [Fact]
    public void It_can_be_turned_off()
    {
        Assert.Equal("off (MILLRACE_PIN)", Processors.FindObstacle("off"));
        Assert.Equal(OperatingSystem.IsLinux() ? null : "none for this system", Processors.FindObstacle("on"));
    }

    /// <summary>The list of /proc/thread-self/status, such as 0-3,8.</summary>
    static int[] Told()
    {
        string list = File.ReadLines("/proc/thread-self/status").First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal)).Split(':')[1].Trim();
        return [.. list.Split(',').Select(static range => range.Split('-').Select(int.Parse).ToArray()).SelectMany(static range => Enumerable.Range(range[0], range[^1] - range[0] + 1))];
    }

    sealed class Where(int threads) : IParallelWork
    {
        public int[][] Allowed { get; } = new int[threads][];

        public void Run(int thread) => Allowed[thread] = Processors.Allowed();
    }
}
