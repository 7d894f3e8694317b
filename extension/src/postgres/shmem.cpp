#include "postgres/shmem.hpp"

#include "postgres/ballast.hpp"
#include "postgres/fence.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/lwlock.h"
#include "storage/proc.h"
#include "storage/shmem.h"
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

namespace opsmon::shmem {
namespace {

SharedState* shared = nullptr;
shmem_request_hook_type previous_request_hook = nullptr;
shmem_startup_hook_type previous_startup_hook = nullptr;

void initialize(FenceControl& fence) {
    pg_atomic_init_u32(&fence.word, 0);
    pg_atomic_init_u32(&fence.epoch, 0);
    pg_atomic_init_u32(&fence.volume, 0);
    pg_atomic_init_u64(&fence.guard_seen_steady_us, 0);
    pg_atomic_init_u64(&fence.lift_usable_bytes, 0);
    pg_atomic_init_u64(&fence.raised_at, 0);
    pg_atomic_init_u64(&fence.refused_statements, 0);
    pg_atomic_init_u64(&fence.cancelled_statements, 0);
    pg_atomic_init_u64(&fence.held_commits, 0);
}

void request() {
    if (previous_request_hook != nullptr) {
        previous_request_hook();
    }
    RequestAddinShmemSpace(MAXALIGN(sizeof(SharedState)));
    fence::request_memory();
}

void startup() {
    if (previous_startup_hook != nullptr) {
        previous_startup_hook();
    }
    bool found = false;
    LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
    shared = static_cast<SharedState*>(ShmemInitStruct("opsmon", sizeof(SharedState), &found));
    if (!found) {
        shared->guard.initialize();
        shared->guard_status.initialize();
        shared->sampler.initialize();
        shared->sampler_status.initialize();
        shared->recorder.initialize();
        shared->slow_queries.initialize();
        shared->learner.initialize();
        shared->events.initialize();
        shared->reclaimer_status.initialize();
        shared->slow_facts.initialize();
        shared->policies.initialize();
        shared->order.initialize();
        shared->order_report.initialize();
        shared->reports.initialize();
        shared->recent.initialize();
        pg_atomic_init_u64(&shared->made_at, static_cast<uint64>(GetCurrentTimestamp()));
        pg_atomic_init_u64(&shared->recorded_position, 0);
        initialize(shared->fence);
        pg_atomic_init_u64(&shared->consumers_changed_steady_us, 0);
        pg_atomic_init_u64(&shared->slony_told_at, 0);
        pg_atomic_init_u64(&shared->logged_event, 0);
        pg_atomic_init_u32(&shared->sampler_process, 0);
        pg_atomic_init_u64(&shared->suspended_until_steady_us, 0);
        pg_atomic_init_u32(&shared->wal_need, 0);
        pg_atomic_init_u32(&shared->guard_process, 0);
        pg_atomic_init_u32(&shared->reclaimer_process, 0);
        pg_atomic_init_u32(&shared->sampler_connect_failures, 0);
    }
    fence::attach_memory();
    LWLockRelease(AddinShmemInitLock);
    // The postmaster comes here before every recovery, also after a crash: the last moment at which
    // room can be made for it.
    if (!found && !IsUnderPostmaster) {
        ballast::release_if_no_room();
    }
}

} // namespace

void install_hooks() {
    previous_request_hook = shmem_request_hook;
    shmem_request_hook = request;
    previous_startup_hook = shmem_startup_hook;
    shmem_startup_hook = startup;
}

void wake(pg_atomic_uint32& process) {
    const uint32 place = pg_atomic_read_u32(&process);
    if (place != 0) {
        SetLatch(&ProcGlobal->allProcs[place - 1].procLatch);
    }
}

SharedState* state() {
    if (shared == nullptr) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("opsmon was not loaded via \"shared_preload_libraries\"")));
    }
    return shared;
}

} // namespace opsmon::shmem
