#pragma once
// The one piece of shared memory: what the workers publish and everybody may read, at any time,
// without a lock (core/published.hpp). It is new and empty after a start and after a crash restart.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "port/atomics.h"
OPSMON_PG_HEADERS_END

namespace opsmon {

struct SharedState {
    core::Published<core::GuardSample> guard;
    core::Published<core::WorkerStatus> guard_status;
    core::Published<core::SamplerSample> sampler;
    core::Published<core::WorkerStatus> sampler_status;
    core::Published<core::RecorderStatus> recorder;
    core::Published<core::EventLog> events;
    // The oldest WAL that waits for the archiver, as the sampler saw it last; 0: none waits.
    pg_atomic_uint64 oldest_unarchived_lsn;
    // Connections of the sampler that failed in a row: outlives the worker, which dies of each.
    pg_atomic_uint32 sampler_connect_failures;
};

namespace shmem {

void install_hooks(); // from _PG_init only

// An error in a server that has loaded the library later (pg_upgrade's does); never null.
SharedState* state();

} // namespace shmem
} // namespace opsmon
