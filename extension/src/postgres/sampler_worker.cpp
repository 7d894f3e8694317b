// The sampler: connected to opsmon.database, it reads replication, activity, the archiver's account
// and the WAL directory every opsmon.sample_interval, publishes them, and lets the recorder write
// them down. It gives way at once to whoever wants its database for himself.

#include "postgres/compat.hpp"
#include "postgres/fence_marks.hpp"
#include "postgres/gucs.hpp"
#include "postgres/policies.hpp"
#include "postgres/recorder.hpp"
#include "postgres/sense.hpp"
#include "postgres/shmem.hpp"
#include "postgres/spi.hpp"
#include "postgres/worker.hpp"

#ifdef __GLIBC__
#include <malloc.h>
#endif

OPSMON_PG_HEADERS_BEGIN
#include "catalog/pg_database.h"
#include "pgstat.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/guc.h"
#include "utils/memutils.h"
OPSMON_PG_HEADERS_END

namespace opsmon {
namespace {

// DROP DATABASE and its like wait five seconds for others to leave: twice a second is soon enough.
constexpr long kLookAroundMs = 500;
constexpr std::uint32_t kReconnectSecondsMax = 60;

constinit core::SamplerSample sample{};
constinit core::SlowQueries slow_queries{};
constinit core::Name connected_database{};

// --- connecting ----------------------------------------------------------------------------------

// A connection that fails ends the process. The count of failures stays in shared memory, so that
// the next process waits longer before it tries: 1, 2, 4 … 60 seconds.
long reconnect_delay_ms(std::uint32_t failures) {
    if (failures == 0) {
        return 0;
    }
    const std::uint32_t doublings = Min(failures - 1, 6u);
    return 1000L * Min(1u << doublings, kReconnectSecondsMax);
}

void connect_or_exit(uint32 idle) {
    pg_atomic_uint32* failures = &shmem::state()->sampler_connect_failures;
    for (long left_ms = reconnect_delay_ms(pg_atomic_read_u32(failures)); left_ms > 0;
         left_ms -= kLookAroundMs) {
        if (!worker::wait(kLookAroundMs, idle)) {
            proc_exit(1);
        }
    }
    pg_atomic_fetch_add_u32(failures, 1);
    connected_database.assign(gucs::database);
    BackgroundWorkerInitializeConnection(connected_database.bytes, nullptr, 0);
    pg_atomic_write_u32(failures, 0);
}

void set_session_options() {
    const struct {
        const char* name;
        const char* value;
    } options[] = {
        {"search_path", "pg_catalog, pg_temp"},
        {"lock_timeout", "50ms"},
        // A synchronous standby that is gone must not hold up its own monitoring.
        {"synchronous_commit", "off"},
        // What the owner of the database has set for its sessions is not for this one: neither
        // another role, nor triggers that somebody was allowed to put on our tables.
        {"role", "none"},
        {"session_replication_role", "replica"},
        {"jit", "off"}, // without statistics the planner takes small queries for large ones
        {"default_tablespace", ""},
        {"default_table_access_method", "heap"},
        {"default_transaction_isolation", "read committed"},
        {"default_transaction_deferrable", "off"},
    };
    for (const auto& option : options) {
        SetConfigOption(option.name, option.value, PGC_SUSET, PGC_S_OVERRIDE);
    }
    // Days of the history are made and dropped here; before 17 the role `replica` has to do.
    if (const char* event_triggers = compat::event_triggers_setting()) {
        SetConfigOption(event_triggers, "off", PGC_SUSET, PGC_S_OVERRIDE);
    }
    pgstat_report_appname("opsmon sampler");
}

// --- giving way ----------------------------------------------------------------------------------

struct LookAround {
    bool database_wanted;
};

// DROP, ALTER … RENAME and CREATE … TEMPLATE lock the database before they wait for its users to
// leave: if even a weak lock is not to be had, one of them is waiting for us. A session lock needs
// no transaction, so that looking around does not count as one in the statistics.
void look_around(void* argument) {
    LOCKTAG tag;
    SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
    const LockAcquireResult result =
        LockAcquire(&tag, RowExclusiveLock, /* sessionLock */ true, /* dontWait */ true);
    static_cast<LookAround*>(argument)->database_wanted = result == LOCKACQUIRE_NOT_AVAIL;
    if (result != LOCKACQUIRE_NOT_AVAIL) {
        LockRelease(&tag, RowExclusiveLock, /* sessionLock */ true);
    }
}

void give_way_if_wanted(MemoryContext context) {
    LookAround seen{};
    core::Message ignored{};
    if (run_step(look_around, &seen, context, StepTransaction::MayHaveOne, ignored) &&
        seen.database_wanted) {
        ereport(LOG, (errmsg("opsmon sampler leaves database \"%s\": another session wants it for "
                             "itself",
                             connected_database.bytes)));
        pg_atomic_write_u32(&shmem::state()->sampler_connect_failures, 1);
        proc_exit(1);
    }
}

// --- sampling ------------------------------------------------------------------------------------

void sense_and_publish(void*) {
    core::WalPosition wal;
    sample.sampled_at = worker::now();
    spi::begin("opsmon: sampling");
    sense::replication(sample);
    sense::wal_position(wal);
    sample.current_lsn = core::current_lsn(wal);
    sample.timeline = wal.timeline;
    sample.in_recovery = wal.in_recovery;
    sense::activity(sample);
    sense::slow_queries(slow_queries);
    sense::archiver(sample.archiver);
    sense::wal_directory(sample, wal.segment_bytes);
    spi::commit();
    shmem::state()->sampler.publish(sample, core::used_bytes(sample));
    // Whole while texts are off: what lies behind the used part is overwritten, too.
    shmem::state()->slow_queries.publish(
        slow_queries, gucs::slow_query_text ? core::used_bytes(slow_queries) : sizeof slow_queries);
}

// The next tick is counted from when this one should have been, so that delays do not add up; ticks
// that were missed altogether are not made up for.
core::TimeUs next_tick(core::TimeUs due, core::TimeUs now) {
    const core::TimeUs interval = static_cast<core::TimeUs>(gucs::sample_interval_ms) * 1000;
    const core::TimeUs next = due + interval;
    return next > now && next <= now + interval ? next : now + interval;
}

// Plans are made in moments and megabytes, and malloc keeps what is freed between those that stay:
// a third of the process. Not at every look of a fast sampler: a page that is given back is faulted
// in again when the next plan needs it.
void give_back_memory(core::TimeUs steady_now, core::TimeUs& given_back_at) {
    constexpr core::TimeUs kEveryUs = 10 * core::kUsPerSecond;
    if (steady_now - given_back_at < kEveryUs) {
        return;
    }
    given_back_at = steady_now;
#ifdef __GLIBC__
    (void)malloc_trim(0);
#endif
}

void exit_if_database_changed() {
    core::Name wanted;
    wanted.assign(gucs::database);
    if (!wanted.equals(connected_database)) {
        ereport(LOG, (errmsg("opsmon sampler moves from database \"%s\" to \"%s\"",
                             connected_database.bytes, wanted.bytes)));
        proc_exit(1);
    }
}

void leave(int, Datum) {
    pg_atomic_write_u32(&shmem::state()->sampler_process, 0);
}

} // namespace
} // namespace opsmon

extern "C" void opsmon_sampler_main(Datum) {
    using namespace opsmon;

    worker::install_signal_handlers(worker::Waits::Elsewhere);
    fence::marks::set(fence::Mark::Own); // before its first transaction
    worker::Account account;
    account.open(shmem::state()->sampler_status);
    recorder::open();
    // What a sampler before this one has seen is still true.
    (void)shmem::state()->slow_queries.read(slow_queries);
    const uint32 idle = compat::wait_event("OpsmonSamplerMain");
    connect_or_exit(idle);
    recorder::open(); // of the database it is: the setting may have changed while it waited
    set_session_options();
    MemoryContext context =
        AllocSetContextCreate(TopMemoryContext, "opsmon sampler tick", ALLOCSET_DEFAULT_SIZES);

    before_shmem_exit(leave, static_cast<Datum>(0));
    pg_atomic_write_u32(&shmem::state()->sampler_process, compat::place_of(*MyProc) + 1);
    policies::keep_loaded(context);
    core::TimeUs due = worker::now();
    core::TimeUs memory_given_back_at = worker::steady_now();
    for (;;) {
        if (const core::TimeUs now = worker::now(); now >= due) {
            // After a failed look the published sample is the old one: not a second row of it.
            if (account.run(sense_and_publish, nullptr, context, StepTransaction::MayHaveOne)) {
                recorder::remember(sample);
                recorder::record(context);
                give_back_memory(worker::steady_now(), memory_given_back_at);
            }
            due = next_tick(due, now);
        }
        const long until_due_ms = static_cast<long>((due - worker::now()) / 1000) + 1;
        if (!worker::wait(Max(1L, Min(until_due_ms, kLookAroundMs)), idle)) {
            break;
        }
        exit_if_database_changed();
        policies::keep_loaded(context);
        // A shorter interval or a clock that was set back must not leave the next tick far away.
        due = Min(due, next_tick(worker::now(), worker::now()));
        give_way_if_wanted(context);
    }
    // Never 0: the postmaster would not start the sampler again.
    proc_exit(1);
}
