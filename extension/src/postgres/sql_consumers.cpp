// The SQL functions behind opsmon.consumer_status: how the guard judges the consumer of each slot,
// how the learner is doing, and when the sidecar told of Slony-I last. Like the other live
// functions they read shared memory only.

#include "postgres/guard_settings.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/shmem.hpp"
#include "postgres/sql_rows.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_live_slot_consumers);
PG_FUNCTION_INFO_V1(opsmon_live_learner);
PG_FUNCTION_INFO_V1(opsmon_live_slony_told);
PG_FUNCTION_INFO_V1(opsmon_slony_was_told);
}

using namespace opsmon;

Datum opsmon_live_slot_consumers(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    const core::GuardSample* sample = copy_of(shmem::state()->guard);
    if (sample == nullptr) {
        return static_cast<Datum>(0);
    }
    const core::StallLimits limits = guard_settings().stall;
    const core::Lsn current = core::current_lsn(sample->wal);
    const core::TimeUs steady_us = worker::steady_now();
    for (std::uint32_t i = 0; i < sample->slot_count; ++i) {
        const core::Slot& slot = sample->slots[i];
        rows.text(slot.name.bytes)
            .text(core::name_of(core::consumer_state(slot, current, limits, steady_us)))
            .boolean(slot.synced)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_learner(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::LearnerStatus* status = copy_of(shmem::state()->learner)) {
        rows.int8(status->failures)
            .text_or_null(status->last_error.bytes)
            .time(status->learned_at)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_slony_told(PG_FUNCTION_ARGS) {
    const uint64 told_at = pg_atomic_read_u64(&shmem::state()->slony_told_at);
    if (told_at == 0) {
        PG_RETURN_NULL();
    }
    PG_RETURN_TIMESTAMPTZ(static_cast<TimestampTz>(told_at));
}

Datum opsmon_slony_was_told(PG_FUNCTION_ARGS) {
    pg_atomic_write_u64(&shmem::state()->slony_told_at, static_cast<uint64>(GetCurrentTimestamp()));
    PG_RETURN_VOID();
}
