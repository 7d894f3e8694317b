#include "postgres/worker.hpp"

#include <time.h>

OPSMON_PG_HEADERS_BEGIN
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/latch.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

void register_worker(const char* name, const char* function, int flags, BgWorkerStartTime start,
                     int restart_seconds) {
    BackgroundWorker worker = {};
    strlcpy(worker.bgw_name, name, sizeof worker.bgw_name);
    strlcpy(worker.bgw_type, name, sizeof worker.bgw_type);
    strlcpy(worker.bgw_library_name, "opsmon", sizeof worker.bgw_library_name);
    strlcpy(worker.bgw_function_name, function, sizeof worker.bgw_function_name);
    worker.bgw_flags = flags;
    worker.bgw_start_time = start;
    worker.bgw_restart_time = restart_seconds;
    RegisterBackgroundWorker(&worker);
}

} // namespace

void register_workers() {
    // pg_upgrade wants a server in which nothing happens by itself.
    if (IsBinaryUpgrade) {
        return;
    }
    // The guard watches already during recovery: that is when a full volume hurts most. It is back
    // at once (25 ms were measured): a second without it can be a second too long.
    register_worker("opsmon guard", "opsmon_guard_main", BGWORKER_SHMEM_ACCESS,
                    BgWorkerStart_PostmasterStart, /* restart_seconds */ 0);
    register_worker("opsmon reclaimer", "opsmon_reclaimer_main", BGWORKER_SHMEM_ACCESS,
                    BgWorkerStart_PostmasterStart, /* restart_seconds */ 1);
    register_worker("opsmon sampler", "opsmon_sampler_main",
                    BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION,
                    BgWorkerStart_ConsistentState, /* restart_seconds */ 1);
}

namespace worker {

void install_signal_handlers(Waits waits) {
    pqsignal(SIGTERM, waits == Waits::Elsewhere ? die : SignalHandlerForShutdownRequest);
    pqsignal(SIGHUP, SignalHandlerForConfigReload);
    BackgroundWorkerUnblockSignals();
}

bool wait(long timeout_ms, uint32 wait_event) {
    if (ShutdownRequestPending || ProcDiePending) {
        return false;
    }
    (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, timeout_ms,
                    wait_event);
    ResetLatch(MyLatch);
    if (ShutdownRequestPending || ProcDiePending) {
        return false;
    }
    QueryCancelPending = false; // there is no query to cancel
    CHECK_FOR_INTERRUPTS();
    reload_if_asked();
    return true;
}

void reload_if_asked() {
    if (ConfigReloadPending) {
        ConfigReloadPending = false;
        ProcessConfigFile(PGC_SIGHUP);
    }
}

core::TimeUs now() {
    return GetCurrentTimestamp();
}

core::TimeUs steady_now() {
    timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return static_cast<core::TimeUs>(at.tv_sec) * core::kUsPerSecond + at.tv_nsec / 1000;
}

void Account::open(core::Published<core::WorkerStatus>& target) {
    status = core::WorkerStatus{};
    status.pid = MyProcPid;
    status.started_at = now();
    published = &target;
    published->publish(status);
}

bool Account::run(Step step, void* argument, MemoryContext context, StepTransaction transaction) {
    const bool succeeded = run_step(step, argument, context, transaction, status.last_error);
    ++status.ticks;
    status.failures += succeeded ? 0 : 1;
    status.last_tick_at = now();
    published->publish(status);
    return succeeded;
}

} // namespace worker
} // namespace opsmon
