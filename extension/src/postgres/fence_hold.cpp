#include "postgres/fence_hold.hpp"

#include "postgres/compat.hpp"
#include "postgres/fence_gate.hpp"
#include "postgres/fence_marks.hpp"
#include "postgres/shmem.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "postmaster/autovacuum.h"
#include "postmaster/bgworker.h"
#include "storage/latch.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

constexpr long kStepMs = 100;

constexpr const char* kApplyFunctions[] = {
    "ApplyWorkerMain",
    "TablesyncWorkerMain",
    "ParallelApplyWorkerMain",
};

Process find_process() {
    if (compat::is_autovacuum_worker()) {
        return Process::Autovacuum;
    }
    if (MyBgworkerEntry == nullptr) {
        return Process::Session;
    }
    if (strcmp(MyBgworkerEntry->bgw_library_name, "opsmon") == 0) {
        return Process::Own;
    }
    if (strcmp(MyBgworkerEntry->bgw_library_name, "postgres") == 0) {
        for (const char* function : kApplyFunctions) {
            if (strcmp(MyBgworkerEntry->bgw_function_name, function) == 0) {
                return Process::Apply;
            }
        }
    }
    return Process::Session;
}

} // namespace

Process process() {
    static bool known = false;
    static Process found = Process::Session;
    if (!known) {
        found = find_process();
        known = true;
    }
    return found;
}

void hold_commit() {
    marks::set(Mark::Held);
    pg_atomic_fetch_add_u64(&shmem::state()->fence.held_commits, 1);
    const uint32 wait_event = compat::wait_event("OpsmonFence");
    for (;;) {
        const std::uint32_t up = bits();
        if (up == 0 || reason_is_gone(up)) {
            break;
        }
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kStepMs,
                        wait_event);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
    marks::set(Mark::None);
}

} // namespace opsmon::fence
