using Microsoft.Extensions.Logging;
using Millrace.Formats;
using Millrace.Server.Hosting;
using Millrace.Server.Inference;

namespace Millrace.Server.Models;

/// <content>What comes into memory, and what leaves it.</content>
public sealed partial class ModelRegistry
{
    async Task LoadAsync(ModelSlot slot)
    {
        await Task.Yield(); // the caller holds the lock
        try
        {
            long begin = _clock.GetTimestamp();
            await _loader.LoadAsync(slot);
            LogLevel level = IsStarting ? LogLevel.Debug : LogLevel.Information; // what is loaded at start is told as a whole
            TimeSpan time = _clock.GetElapsedTime(begin);
            LogLoaded(level, slot.Options.Name, slot.Needs!.Total, slot.Needs.KvBlocks, time);
        }
        catch (Exception cause)
        {
            lock (_lock)
            {
                _slots.Remove(slot.Options.Name);
            }

            bool isTold = cause is ModelFormatException or IOException or InferenceException or InsufficientMemoryException; // by its message
            LogFailed(isTold ? null : cause, slot.Options.Name, cause.Message);
            throw _loader.Failed(slot.Options, cause);
        }
    }

    /// <summary>Lets models go until there is room for so many bytes: the idle before the busy, those that would go by themselves before those that stay, the longest unused first.</summary>
    Task MakeRoomAsync(long bytes)
    {
        List<Task> leaving = [];
        lock (_lock)
        {
            ModelSlot[] loaded = [.. _slots.Values.Where(static slot => slot.Needs is not null)];
            long free = MemoryLimit - loaded.Sum(static slot => slot.Needs!.Total);
            foreach (ModelSlot slot in loaded.OrderBy(static slot => slot.Unloading is null).ThenBy(static slot => slot.Leases > 0).ThenBy(static slot => slot.IsPinned).ThenBy(static slot => slot.LastUsed))
            {
                if (free >= bytes)
                {
                    break;
                }

                leaving.Add(Leave(slot));
                free += slot.Needs!.Total;
            }
        }

        return Task.WhenAll(leaving);
    }

    /// <summary>Sends a model on its way out. Called with the lock held.</summary>
    Task Leave(ModelSlot slot)
    {
        return slot.Unloading ??= LeaveAsync();

        async Task LeaveAsync()
        {
            await Task.Yield(); // the caller holds the lock
            await slot.Loading;
            Task idle;
            lock (_lock)
            {
                idle = slot.WhenIdle();
            }

            await idle;
            await slot.Engine!.DisposeAsync();
            slot.EnergyMeter?.Dispose();
            lock (_lock)
            {
                _slots.Remove(slot.Options.Name);
            }

            LogUnloaded(slot.Options.Name, slot.Needs!.Total);
        }
    }

    /// <summary>Lets go of models whose time is over.</summary>
    void Sweep()
    {
        lock (_lock)
        {
            foreach (ModelSlot slot in _slots.Values)
            {
                if (slot is { Leases: 0, Engine: not null, IsPinned: false } && _clock.GetElapsedTime(slot.LastUsed) >= slot.KeepAlive)
                {
                    Leave(slot);
                }
            }
        }
    }

    /// <summary>Notes which loaded models have other files by now. They serve what was loaded.</summary>
    void Watch()
    {
        if (Interlocked.Exchange(ref _watching, 1) == 1)
        {
            return;
        }

        ModelSlot[] loaded;
        lock (_lock)
        {
            loaded = [.. _slots.Values.Where(static slot => slot is { Engine: not null, IsChanged: false })];
        }

        foreach (ModelSlot slot in loaded.Where(static slot => !IsSame(slot)))
        {
            slot.IsChanged = true;
            LogChanged(slot.Options.Name);
        }

        Volatile.Write(ref _watching, 0);
    }

    static bool IsSame(ModelSlot slot)
    {
        try
        {
            return FileIdentity.Of(slot.Options.Path).IsSameContent(slot.Details!.Files);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false; // gone, or out of reach
        }
    }

    ModelStatus StatusOf(ModelOptions model)
    {
        ModelDetails? details;
        lock (_lock)
        {
            details = _slots.GetValueOrDefault(model.Name)?.Details;
        }

        details ??= DetailsOf(model); // of what is loaded nothing is read again: it is asked for with every request
        lock (_lock)
        {
            _slots.TryGetValue(model.Name, out ModelSlot? slot);
            bool isLoaded = slot?.Engine is not null;
            return new ModelStatus
            {
                Options = model,
                Details = details,
                State = slot is null ? ModelState.Unloaded : slot.Unloading is not null ? ModelState.Unloading : isLoaded ? ModelState.Loaded : ModelState.Loading,
                Progress = isLoaded ? 1 : slot is { BytesTotal: > 0 } ? Math.Min(1, (double)Interlocked.Read(ref slot.BytesRead) / slot.BytesTotal) : 0,
                Context = slot?.Engine?.Context,
                Engine = slot?.Engine,
                Needs = slot?.Needs,
                Requests = slot?.Leases ?? 0,
                ExpiresAt = isLoaded && !slot!.IsPinned ? _clock.GetUtcNow() + (slot.Leases > 0 ? slot.KeepAlive : slot.KeepAlive - _clock.GetElapsedTime(slot.LastUsed)) : null,
                IsChanged = isLoaded && slot!.IsChanged,
            };
        }
    }

    /// <summary>What a model's header says, read anew when its files have changed; null where it cannot be read.</summary>
    ModelDetails? DetailsOf(ModelOptions model)
    {
        try
        {
            return _details.TryGetValue(model.Path, out ModelDetails? known) && FileIdentity.StampOf(model.Path) == (known.Files.Bytes, known.Files.Written)
                ? known
                : _details[model.Path] = ModelDetails.Read(model.Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ModelFormatException or OverflowException)
        {
            LogUnreadable(exception, model.Name);
            return null;
        }
    }

    [LoggerMessage("model {Name} loaded: {Bytes} bytes, {Blocks} KV blocks, in {Time}")]
    partial void LogLoaded(LogLevel level, string name, long bytes, int blocks, TimeSpan time);

    [LoggerMessage(LogLevel.Information, "model {Name} unloaded: {Bytes} bytes free")]
    partial void LogUnloaded(string name, long bytes);

    [LoggerMessage(LogLevel.Error, "model {Name} cannot be loaded: {Reason}")]
    partial void LogFailed(Exception? cause, string name, string reason);

    [LoggerMessage(LogLevel.Error, "model {Name} has failed: it is loaded anew")]
    partial void LogFaulted(Exception? cause, string name);

    [LoggerMessage(LogLevel.Warning, "the files of model {Name} have changed: it serves what was loaded until it is unloaded")]
    partial void LogChanged(string name);

    [LoggerMessage(LogLevel.Debug, "the header of model {Name} cannot be read")]
    partial void LogUnreadable(Exception cause, string name);
}
