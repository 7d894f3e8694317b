// Ends the process that uses a slot. It asks again every 100 ms: one whose client does not read is
// stuck in saying goodbye after the first time, and goes at the second. One that is stopped is
// also told to continue.

#include "postgres/evict.hpp"

#include "postgres/compat.hpp"
#include "postgres/worker.hpp"

#include <signal.h>

OPSMON_PG_HEADERS_BEGIN
#include "storage/latch.h"
#include "storage/procarray.h"
OPSMON_PG_HEADERS_END

namespace opsmon::evict {
namespace {

constexpr core::TimeUs kSignalEveryUs = 100'000;
constexpr long kStepMs = 10;

// The slot is looked at just before, each time: its number may belong to somebody else by now.
// Helper processes of the server (a checkpointer that invalidates the slot) are not backends.
void signal_user(std::int32_t pid) {
    if (pid == MyProcPid || BackendPidGetProc(pid) == nullptr) {
        return;
    }
    (void)kill(pid, SIGTERM);
    (void)kill(pid, SIGCONT);
}

} // namespace

Result end_user(const core::Order& order, const Caller& caller, core::TimeUs until_steady_us,
                core::Message& detail) {
    const uint32 waiting = compat::wait_event("OpsmonEndUser");
    core::TimeUs signal_at = 0;
    for (;;) {
        const std::optional<core::SlotNow> slot = look_at(order);
        if (!slot || slot->active_pid == 0) {
            return Result::Done;
        }
        if (const char* reason = objection(order, *slot, caller)) {
            detail.assign(reason);
            return Result::Changed;
        }
        const core::TimeUs now = worker::steady_now();
        if (now >= until_steady_us) {
            char text[sizeof detail.bytes];
            snprintf(text, sizeof text,
                     "process %d, which uses the slot, does not end although it was told to; see "
                     "what holds it (SELECT * FROM pg_stat_activity WHERE pid = %d)",
                     slot->active_pid, slot->active_pid);
            detail.assign(text);
            return Result::StillUsed;
        }
        if (now >= signal_at) {
            signal_user(slot->active_pid);
            signal_at = now + kSignalEveryUs;
        }
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kStepMs, waiting);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
}

} // namespace opsmon::evict
