// opsmon.status in one call: what a person at night reads first must be quick. It reads what the
// workers have published, of a standby's receiver what server memory says, and what the inventory
// remembers from its argument: it reads no table.

#include "core/fence.hpp"
#include "core/verdict.hpp"
#include "postgres/gucs.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/sense.hpp"
#include "postgres/shmem.hpp"
#include "postgres/sql_rows.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/htup_details.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "executor/executor.h"
#include "replication/syncrep.h"
#include "replication/walsender.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
OPSMON_PG_HEADERS_END

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_live_status);
}

namespace opsmon {
namespace {

struct Inventory {
    bool locked;
    const core::RememberedConsumer* first;
    std::uint32_t count;
};

template <std::size_t N>
core::Text<N> text_field(HeapTupleHeader row, const char* field) {
    bool is_null = false;
    const Datum value = GetAttributeByName(row, field, &is_null);
    core::Text<N> result{};
    if (!is_null) {
        result.assign(TextDatumGetCString(value));
    }
    return result;
}

core::Remembered state_of(HeapTupleHeader row) {
    const auto name = text_field<16>(row, "state");
    for (const auto state :
         {core::Remembered::Missing, core::Remembered::Vanished, core::Remembered::Dropped}) {
        if (std::strcmp(core::name_of(state), name.bytes) == 0) {
            return state;
        }
    }
    return core::Remembered::Other;
}

core::Expected expected_of(HeapTupleHeader row) {
    bool is_null = false;
    const Datum value = GetAttributeByName(row, "expected", &is_null);
    if (is_null) {
        return core::Expected::NotSaid;
    }
    return DatumGetBool(value) ? core::Expected::Yes : core::Expected::No;
}

core::TimeUs since_of(HeapTupleHeader row) {
    bool is_null = false;
    const Datum value = GetAttributeByName(row, "state_since", &is_null);
    return is_null ? 0 : DatumGetTimestampTz(value);
}

// Rows of opsmon.consumers, by name; NULL: they could not be read.
Inventory inventory_of(FunctionCallInfo fcinfo) {
    if (PG_ARGISNULL(0)) {
        return {true, nullptr, 0};
    }
    ArrayType* rows = PG_GETARG_ARRAYTYPE_P(0);
    Datum* elements = nullptr;
    bool* nulls = nullptr;
    int count = 0;
    deconstruct_array(rows, ARR_ELEMTYPE(rows), -1, false, TYPALIGN_DOUBLE, &elements, &nulls,
                      &count);
    auto* consumers = static_cast<core::RememberedConsumer*>(
        palloc0(sizeof(core::RememberedConsumer) * (static_cast<std::size_t>(count) + 1)));
    std::uint32_t kept = 0;
    for (int i = 0; i < count; ++i) {
        if (!nulls[i]) {
            const HeapTupleHeader row = DatumGetHeapTupleHeader(elements[i]);
            consumers[kept++] = {text_field<16>(row, "kind"), text_field<256>(row, "name"),
                                 state_of(row), expected_of(row), since_of(row)};
        }
    }
    return {false, consumers, kept};
}

struct Seen {
    const core::GuardSample* guard;
    const core::SamplerSample* sampler;
    const core::WorkerStatus* guard_status;
    const core::WorkerStatus* sampler_status;
    const core::RecorderStatus* recorder;
};

core::Verdict verdict(const Seen& seen, const Inventory& inventory) {
    FenceControl& fence = shmem::state()->fence;
    const std::uint32_t word = pg_atomic_read_u32(&fence.word);
    core::VerdictFacts facts{};
    facts.now = worker::now();
    facts.guard = seen.guard;
    facts.guard_interval_us = core::TimeUs{gucs::guard_interval_ms} * 1000;
    facts.sampler = seen.sampler;
    facts.sampled_at = seen.sampler != nullptr ? seen.sampler->sampled_at : 0;
    facts.sample_interval_us = core::TimeUs{gucs::sample_interval_ms} * 1000;
    facts.fenced = word != 0;
    facts.fence_stops_all = (word & core::kFenceAll) != 0;
    facts.fence_since = static_cast<core::TimeUs>(pg_atomic_read_u64(&fence.raised_at));
    facts.recorder_fails =
        seen.recorder != nullptr && seen.recorder->state == core::RecorderState::Failing;
    facts.library_version = OPSMON_VERSION;
    facts.recorder = seen.recorder;
    facts.inventory_locked = inventory.locked;
    facts.remembered = inventory.first;
    facts.remembered_count = inventory.count;
    if (SyncRepConfig != nullptr && SyncRepRequested() && !RecoveryInProgress()) {
        facts.sync_standbys_needed = static_cast<std::uint32_t>(SyncRepConfig->num_sync);
    }
    sense::stream(facts);
    return core::verdict_of(facts);
}

void position_cells(Rows& rows, const core::GuardSample* guard) {
    if (guard == nullptr) {
        rows.null().null().null();
        return;
    }
    rows.boolean(guard->wal.in_recovery)
        .int8(guard->wal.timeline)
        .lsn(core::current_lsn(guard->wal));
}

void worker_cells(Rows& rows, const core::WorkerStatus* status, int interval_ms,
                  core::TimeUs sampled_at) {
    if (status == nullptr) {
        rows.null().null().null().null().null().null().null();
        return;
    }
    const std::optional<std::int64_t> age =
        sampled_at != 0 ? std::optional(worker::now() - sampled_at) : std::nullopt;
    rows.int4(status->pid)
        .interval_us(std::int64_t{interval_ms} * 1000)
        .time(sampled_at)
        .interval_us(age)
        .int8(status->ticks)
        .int8(status->failures)
        .text_or_null(status->last_error.bytes);
}

void recorder_cells(Rows& rows, const core::RecorderStatus* status) {
    if (status == nullptr) {
        rows.null().null().null().null();
        return;
    }
    rows.text(core::name_of(status->state))
        .int8(status->failures)
        .text_or_null(status->last_error.bytes)
        .time(status->last_recorded_at);
}

void omitted_cells(Rows& rows, const Seen& seen) {
    if (seen.guard != nullptr) {
        rows.int4(static_cast<std::int32_t>(seen.guard->slots_omitted));
    } else {
        rows.null();
    }
    if (seen.sampler != nullptr) {
        rows.int4(static_cast<std::int32_t>(seen.sampler->senders_omitted))
            .int4(static_cast<std::int32_t>(seen.sampler->activity_groups_omitted));
    } else {
        rows.null().null();
    }
}

void holder_cells(Rows& rows, const core::GuardSample* guard) {
    const core::Slot* largest = nullptr;
    core::Bytes held = 0;
    for (std::uint32_t i = 0; guard != nullptr && i < guard->slot_count; ++i) {
        const std::optional<core::Bytes> bytes =
            core::retained_bytes(guard->slots[i], core::current_lsn(guard->wal));
        if (bytes && (largest == nullptr || *bytes > held)) {
            held = *bytes;
            largest = &guard->slots[i];
        }
    }
    if (largest == nullptr) {
        rows.null().null();
    } else {
        rows.text(largest->name.bytes).int8(held);
    }
    const core::Volume* volume = guard != nullptr ? &guard->volumes[core::kWalVolume] : nullptr;
    if (volume != nullptr && volume->known) {
        rows.int8(volume->free_bytes);
    } else {
        rows.null();
    }
}

} // namespace
} // namespace opsmon

using namespace opsmon;

Datum opsmon_live_status(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    const SharedState& state = *shmem::state();
    const Seen seen{copy_of(state.guard), copy_of(state.sampler), copy_of(state.guard_status),
                    copy_of(state.sampler_status), copy_of(state.recorder)};
    const core::Verdict found = verdict(seen, inventory_of(fcinfo));
    rows.text(core::name_of(found.severity))
        .text(found.words.bytes)
        .text_or_null(found.more.bytes)
        .text(OPSMON_VERSION);
    position_cells(rows, seen.guard);
    worker_cells(rows, seen.guard_status, gucs::guard_interval_ms,
                 seen.guard != nullptr ? seen.guard->slots_sampled_at : 0);
    worker_cells(rows, seen.sampler_status, gucs::sample_interval_ms,
                 seen.sampler != nullptr ? seen.sampler->sampled_at : 0);
    recorder_cells(rows, seen.recorder);
    omitted_cells(rows, seen);
    holder_cells(rows, seen.guard);
    rows.end_row();
    return static_cast<Datum>(0);
}
