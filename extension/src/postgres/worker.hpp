#pragma once
// What the background workers have in common: how they are registered, how they wait and stop, and
// the account they keep of themselves. It never sleeps other than on the worker's latch.

#include "postgres/postgres.hpp"
#include "postgres/tick.hpp"

namespace opsmon {

// From _PG_init only.
void register_workers();

namespace worker {

// SIGHUP re-reads the configuration at the next wait. SIGTERM ends the worker there as well; one
// that waits elsewhere too (for a lock, in a query) is ended out of that as any session is.
enum class Waits { OnlyHere, Elsewhere };
void install_signal_handlers(Waits waits);

// Waits until the latch is set or `timeout_ms` have passed. True when the worker shall go on.
bool wait(long timeout_ms, uint32 wait_event);

// Re-reads the configuration when SIGHUP has come since: for what takes longer than a wait.
void reload_if_asked();

core::TimeUs now();        // wall time
core::TimeUs steady_now(); // of a clock that never goes back; its zero means nothing

// One worker's account, published after every tick whether it went well or not.
struct Account {
    core::WorkerStatus status;
    core::Published<core::WorkerStatus>* published;

    void open(core::Published<core::WorkerStatus>& target);
    // Runs a step as run_step() does and keeps count of it.
    bool run(Step step, void* argument, MemoryContext context, StepTransaction transaction);
};

} // namespace worker
} // namespace opsmon

extern "C" {
PGDLLEXPORT void opsmon_guard_main(Datum argument);
PGDLLEXPORT void opsmon_reclaimer_main(Datum argument);
PGDLLEXPORT void opsmon_sampler_main(Datum argument);
}
