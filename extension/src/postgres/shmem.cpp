#include "postgres/shmem.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
OPSMON_PG_HEADERS_END

namespace opsmon::shmem {
namespace {

SharedState* shared = nullptr;
shmem_request_hook_type previous_request_hook = nullptr;
shmem_startup_hook_type previous_startup_hook = nullptr;

void request() {
    if (previous_request_hook != nullptr) {
        previous_request_hook();
    }
    RequestAddinShmemSpace(MAXALIGN(sizeof(SharedState)));
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
        shared->events.initialize();
        pg_atomic_init_u64(&shared->oldest_unarchived_lsn, core::kUnknownLsn);
        pg_atomic_init_u32(&shared->sampler_connect_failures, 0);
    }
    LWLockRelease(AddinShmemInitLock);
}

} // namespace

void install_hooks() {
    previous_request_hook = shmem_request_hook;
    shmem_request_hook = request;
    previous_startup_hook = shmem_startup_hook;
    shmem_startup_hook = startup;
}

SharedState* state() {
    if (shared == nullptr) {
        ereport(ERROR, (errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
                        errmsg("opsmon was not loaded via \"shared_preload_libraries\"")));
    }
    return shared;
}

} // namespace opsmon::shmem
