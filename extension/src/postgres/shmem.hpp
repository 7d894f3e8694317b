#pragma once
// The one piece of shared memory: what the workers publish and everybody may read, at any time,
// without a lock (core/published.hpp), the fence every statement looks at, and the mailbox by which
// everybody reports to the guard. It is new and empty after a start and after a crash restart.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "port/atomics.h"
OPSMON_PG_HEADERS_END

namespace opsmon {

// What holds writers up, and what is counted of it. The word is all a statement reads while nothing
// is wrong.
struct FenceControl {
    pg_atomic_uint32 word;   // bits of core/fence.hpp
    pg_atomic_uint32 epoch;  // grows whenever the word becomes something after having been 0
    pg_atomic_uint32 volume; // the core::VolumeKind the guard raised it for
    // With these a statement can tell that the guard is silent and that its reason is gone.
    pg_atomic_uint64 guard_seen_steady_us;
    pg_atomic_uint64 lift_usable_bytes;
    pg_atomic_uint64 raised_at; // wall time
    // Since the shared memory was made.
    pg_atomic_uint64 refused_statements;
    pg_atomic_uint64 cancelled_statements;
    pg_atomic_uint64 held_commits;
};

inline constexpr std::size_t kReportsMax = 32;

struct SharedState {
    core::Published<core::GuardSample> guard;
    core::Published<core::WorkerStatus> guard_status;
    core::Published<core::SamplerSample> sampler;
    core::Published<core::WorkerStatus> sampler_status;
    core::Published<core::RecorderStatus> recorder;
    core::Published<core::SlowQueries> slow_queries; // from the sampler
    core::Published<core::LearnerStatus> learner;
    core::Published<core::EventLog> events;
    core::Published<core::WorkerStatus> reclaimer_status;
    core::Published<core::SlowFacts> slow_facts;          // from the reclaimer
    core::Published<core::PolicyTable> policies;          // from the sampler
    core::Published<core::Order> order;                   // from the guard to the reclaimer
    core::Published<core::OrderReport> order_report;      // and back
    core::Mailbox<core::GuardEvent, kReportsMax> reports; // from everybody to the guard
    core::WordRing<core::kRecentWords> recent;            // samples of the last hour
    pg_atomic_uint64 made_at; // wall time: a start of the server, or a restart after a crash
    pg_atomic_uint64 recorded_position; // in `recent`: up to there the tables have it
    FenceControl fence;
    pg_atomic_uint32 wal_need; // core::Need at the guard's last look, of fence.guard_seen_steady_us
    pg_atomic_uint64 consumers_changed_steady_us; // when a change of opsmon.consumers was committed
    pg_atomic_uint64 slony_told_at; // wall time: when the sidecar told of Slony-I last; 0: never
    pg_atomic_uint64 logged_event;  // number of the last event that is in the server's log
    pg_atomic_uint64 suspended_until_steady_us; // by hand; 0 or past: the guard may act
    // Where to wake them: 1 + the worker's place in the array of processes; 0: not running.
    pg_atomic_uint32 guard_process;
    pg_atomic_uint32 reclaimer_process;
    pg_atomic_uint32 sampler_process;
    // Connections of the sampler that failed in a row: outlives the worker, which dies of each.
    pg_atomic_uint32 sampler_connect_failures;
};

namespace shmem {

void install_hooks(); // from _PG_init only

// Wakes a worker by its entry above; does nothing when it does not run.
void wake(pg_atomic_uint32& process);

// An error in a server that has loaded the library later (pg_upgrade's does); never null.
SharedState* state();

} // namespace shmem
} // namespace opsmon
