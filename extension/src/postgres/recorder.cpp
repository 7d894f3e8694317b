#include "postgres/recorder.hpp"

#include "postgres/extension_lock.hpp"
#include "postgres/gucs.hpp"
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

constinit core::RecorderStatus status{};

// Decided inside the transaction, because the catalog can only be read there.
struct Attempt {
    bool extension_exists;
};

void expect_select(int result) {
    if (result != SPI_OK_SELECT) {
        ereport(ERROR,
                (errmsg("opsmon: recording a sample failed: %s", SPI_result_code_string(result))));
    }
}

// The statements stand in the extension's SQL, where the tables are made: library and tables of
// different versions then still fit together. The guard's ledger is kept also without history.
void call_extension() {
    expect_select(SPI_execute("SELECT opsmon.record_events()", /* read_only */ false, 0));
    if (gucs::history_retention_min == 0) {
        return;
    }
    Oid types[] = {INT4OID};
    Datum values[] = {Int32GetDatum(gucs::history_retention_min)};
    expect_select(SPI_execute_with_args("SELECT opsmon.record_sample($1)", 1, types, values,
                                        nullptr, /* read_only */ false, 0));
}

void write(void* argument) {
    Attempt& attempt = *static_cast<Attempt*>(argument);
    spi::begin("opsmon: recording a sample");
    attempt.extension_exists = hold_extension();
    if (attempt.extension_exists) {
        call_extension();
    }
    spi::commit();
}

core::RecorderState try_to_write(MemoryContext context) {
    Attempt attempt{};
    if (!run_step(write, &attempt, context, StepTransaction::MayHaveOne, status.last_error)) {
        ++status.failures;
        return core::RecorderState::Failing;
    }
    if (!attempt.extension_exists) {
        return core::RecorderState::NoExtension;
    }
    if (gucs::history_retention_min == 0) {
        return core::RecorderState::Off;
    }
    status.last_recorded_at = worker::now();
    return core::RecorderState::Recording;
}

} // namespace

void open() {
    status = core::RecorderStatus{};
    status.state = core::RecorderState::Starting;
    shmem::state()->recorder.publish(status);
    learner::open();
}

void record(MemoryContext context) {
    if (RecoveryInProgress()) {
        status.state = core::RecorderState::Standby;
    } else if (pg_atomic_read_u32(&shmem::state()->fence.word) != 0) {
        // Those who stop everybody else's WAL write none themselves; the events wait in memory.
        status.state = core::RecorderState::Fenced;
    } else {
        status.state = try_to_write(context);
        learner::learn(context);
    }
    shmem::state()->recorder.publish(status);
}

} // namespace opsmon::recorder
