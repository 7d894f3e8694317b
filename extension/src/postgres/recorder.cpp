#include "postgres/recorder.hpp"

#include "core/recorder_policy.hpp"
#include "postgres/extension_lock.hpp"
#include "postgres/gucs.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/learner.hpp"
#include "postgres/shmem.hpp"
#include "postgres/spi.hpp"
#include "postgres/tick.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "catalog/pg_type_d.h"
OPSMON_PG_HEADERS_END

namespace opsmon::recorder {
namespace {

constexpr core::TimeUs kMinuteUs = 60 * core::kUsPerSecond;

constinit core::RecorderStatus status{};
constinit std::uint64_t record_words[core::kRecentWordsMax]{};
constinit core::GuardSample guard_sample{};
constinit core::Message tidying_error{};
// The minute in which tidying the history was tried last. Compared for equality: a clock may go
// back.
constinit core::TimeUs tidied_minute = -1;

// Decided inside the transaction, because the catalog can only be read there.
struct Attempt {
    bool extension_exists;
    core::Version sql_version;
    bool history;           // write samples too, not the guard's ledger alone
    std::uint64_t position; // in the ring: up to there it is written when the transaction commits
};

// Of objects that do not fit the library, and perhaps therefore fail, it is told all the more.
void tell_version(const core::Version& sql) {
    if (sql.equals(status.sql_version)) {
        return;
    }
    status.sql_version = sql;
    switch (core::fit_of(OPSMON_VERSION, sql.bytes)) {
    case core::Fit::Same:
    case core::Fit::CannotBeTold:
        return;
    case core::Fit::SqlIsOlder:
        ereport(LOG, (errmsg("the SQL objects in database \"%s\" are of opsmon %s, the library is "
                             "%s",
                             status.database.bytes, sql.bytes, OPSMON_VERSION),
                      errhint("ALTER EXTENSION opsmon UPDATE; until then nothing is missing that "
                              "%s had.",
                              sql.bytes)));
        return;
    case core::Fit::SqlIsNewer:
        ereport(LOG, (errmsg("the library of opsmon %s is loaded, the SQL objects in database "
                             "\"%s\" are of %s",
                             OPSMON_VERSION, status.database.bytes, sql.bytes),
                      errhint("Restart the server, with the library of opsmon %s installed.",
                              sql.bytes)));
        return;
    }
}

constinit spi::Statement read_version{"SELECT extversion FROM pg_catalog.pg_extension"
                                      " WHERE extname OPERATOR(pg_catalog.=) 'opsmon'"};

// What these do stands in the extension's SQL, where the tables are made: library and tables of
// different versions then still fit together. The guard's ledger is kept also without history.
constinit spi::Statement record_events{"SELECT opsmon.record_events()"};
constinit spi::Statement record_samples{"SELECT opsmon.record_samples($1)", 1, {INT8OID}};
constinit spi::Statement tidy_history{"SELECT opsmon.tidy_history($1)::int", 1, {INT4OID}};

void call_extension(Attempt& attempt) {
    (void)spi::select(record_events);
    if (!attempt.history) {
        return;
    }
    Datum values[] = {Int64GetDatum(static_cast<std::int64_t>(attempt.position))};
    (void)spi::select(record_samples, values);
    attempt.position = static_cast<std::uint64_t>(*spi::int64_cell(0, 1));
}

void write(void* argument) {
    Attempt& attempt = *static_cast<Attempt*>(argument);
    spi::begin("opsmon: recording samples");
    attempt.extension_exists = hold_extension();
    if (attempt.extension_exists) {
        if (spi::select(read_version) == 1) {
            attempt.sql_version.assign(spi::text_cell(0, 1));
        }
        call_extension(attempt);
    }
    spi::commit();
    // Nothing can end the process between these two: no sample is ever written twice.
    if (attempt.extension_exists && attempt.history) {
        pg_atomic_write_u64(&shmem::state()->recorded_position, attempt.position);
    }
}

struct Tidying {
    bool done;
};

// Rolled up and dropped in a transaction of its own: it holds stronger locks, for moments.
void tidy(void* argument) {
    Tidying& tidying = *static_cast<Tidying*>(argument);
    spi::begin("opsmon: tidying the history");
    tidying.done = true;
    if (hold_extension()) {
        Datum values[] = {Int32GetDatum(gucs::history_retention_min)};
        (void)spi::select(tidy_history, values);
        tidying.done = spi::int32_cell(0, 1) != 0;
    }
    spi::commit();
}

std::uint64_t waiting_words() {
    return shmem::state()->recent.end() - pg_atomic_read_u64(&shmem::state()->recorded_position);
}

core::Rung wal_rung() {
    return shmem::state()->guard.read(guard_sample) ? guard_sample.verdicts[core::kWalVolume].rung
                                                    : core::Rung::Calm;
}

// Once a minute, when everything is written. What does not succeed is tried again the minute after:
// it harms no sample, so the recorder goes on telling that it records, and this beside it.
void tidy_once_a_minute(MemoryContext context) {
    const core::TimeUs minute = worker::now() / kMinuteUs;
    if (minute != tidied_minute && waiting_words() == 0) {
        Tidying tidying{};
        const bool succeeded =
            run_step(tidy, &tidying, context, StepTransaction::MayHaveOne, tidying_error);
        status.failures += succeeded ? 0 : 1;
        tidied_minute = succeeded && !tidying.done ? -1 : minute;
    }
    status.last_error = tidying_error;
}

core::RecorderState try_to_write(MemoryContext context) {
    const bool enabled = gucs::history_retention_min > 0;
    const bool allowed = core::may_write_history({wal_rung(), waiting_words()});
    Attempt attempt{};
    attempt.history = enabled && allowed;
    attempt.position = pg_atomic_read_u64(&shmem::state()->recorded_position);
    const bool succeeded =
        run_step(write, &attempt, context, StepTransaction::MayHaveOne, status.last_error);
    if (succeeded || !attempt.sql_version.empty()) {
        tell_version(attempt.sql_version);
    }
    if (!succeeded) {
        ++status.failures;
        return core::RecorderState::Failing;
    }
    if (!attempt.extension_exists) {
        return core::RecorderState::NoExtension;
    }
    if (!enabled) {
        // What nobody wanted written is not made up for later.
        pg_atomic_write_u64(&shmem::state()->recorded_position, shmem::state()->recent.end());
        return core::RecorderState::Off;
    }
    if (!allowed) {
        return core::RecorderState::Short;
    }
    status.last_recorded_at = worker::now();
    tidy_once_a_minute(context);
    return core::RecorderState::Recording;
}

} // namespace

void open() {
    status = core::RecorderStatus{};
    status.database.assign(gucs::database);
    status.state = core::RecorderState::Starting;
    shmem::state()->recorder.publish(status);
    learner::open();
}

void remember(const core::SamplerSample& sample) {
    const bool guard_known = shmem::state()->guard.read(guard_sample);
    core::pack(sample, guard_known ? &guard_sample : nullptr, record_words);
    (void)shmem::state()->recent.append(record_words);
}

void record(MemoryContext context) {
    if (RecoveryInProgress()) {
        status.state = core::RecorderState::Standby;
    } else if (pg_atomic_read_u32(&shmem::state()->fence.word) != 0) {
        // Those who stop everybody else's WAL write none themselves: all of it waits in memory.
        status.state = core::RecorderState::Fenced;
    } else {
        status.state = try_to_write(context);
        learner::learn(context);
    }
    shmem::state()->recorder.publish(status);
}

} // namespace opsmon::recorder
