// The SQL functions that show what the guard thinks: its verdict on each volume, the ladder itself,
// who holds WAL, and the newest of its decisions. Like the other live functions they read the
// published copy only.

#include "postgres/gucs.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/shmem.hpp"
#include "postgres/sql_rows.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_live_guard);
PG_FUNCTION_INFO_V1(opsmon_live_guard_events);
PG_FUNCTION_INFO_V1(opsmon_live_wal_holders);
PG_FUNCTION_INFO_V1(opsmon_guard_ladder);
}

namespace opsmon {
namespace {

const char* mode_name() {
    switch (static_cast<gucs::GuardMode>(gucs::guard_mode)) {
    case gucs::GuardMode::Off:
        return "off";
    case gucs::GuardMode::Observe:
        return "observe";
    }
    return "";
}

// A rate as people want it in SQL: whole bytes.
std::optional<std::uint64_t> whole(std::optional<double> bytes_per_second) {
    return bytes_per_second ? std::optional(static_cast<std::uint64_t>(*bytes_per_second))
                            : std::nullopt;
}

void guard_row(Rows& rows, const core::GuardSample& sample, std::size_t i) {
    const core::Volume& volume = sample.volumes[i];
    const core::VolumeVerdict& verdict = sample.verdicts[i];
    rows.text(mode_name())
        .text(core::name_of(volume.kind))
        .text(core::row_of(verdict.rung).name)
        .int4(static_cast<std::int32_t>(verdict.rung))
        .text(core::row_of(verdict.rung).does)
        .time(verdict.since);
    if (volume.known) {
        rows.int8(verdict.usable_bytes).int8(volume.size_bytes);
    } else {
        rows.null().null();
    }
    if (volume.kind == core::VolumeKind::Wal) {
        rows.int8(sample.reusable_bytes)
            .int8(whole(sample.fast_bytes_per_second))
            .int8(whole(sample.slow_bytes_per_second));
    } else {
        rows.null().null().null();
    }
    rows.interval_us(verdict.full_in_fast).interval_us(verdict.full_in_slow);
    for (std::size_t rung = 1; rung < core::kRungs; ++rung) {
        rows.int8(verdict.thresholds.free_bytes[rung]);
    }
    rows.boolean(verdict.thresholds_refused).time(sample.sampled_at).end_row();
}

void holder_row(Rows& rows, const core::GuardSample& sample, const core::Holder& holder) {
    const core::Slot* slot =
        holder.kind == core::HolderKind::Slot ? &sample.slots[holder.slot] : nullptr;
    rows.text(core::name_of(holder.kind))
        .text_or_null(slot != nullptr ? slot->name.bytes : nullptr)
        .lsn(holder.oldest_lsn)
        .int8(holder.held_bytes)
        .int8(holder.marginal_bytes)
        .time(slot != nullptr ? slot->last_progress_at : 0)
        .time(slot != nullptr ? sample.slots_sampled_at : sample.sampled_at)
        .end_row();
}

void event_row(Rows& rows, const core::EventLog& log, const core::GuardEvent& event) {
    rows.time(log.began_at)
        .int8(event.number)
        .time(event.at)
        .text(core::name_of(event.volume))
        .text(core::row_of(event.from).name)
        .text(core::row_of(event.to).name)
        .text(core::name_of(event.trigger))
        .int8(event.usable_bytes)
        .int8(event.size_bytes)
        .interval_us(event.full_in)
        .text_or_null(event.has_holder ? core::name_of(event.holder) : nullptr)
        .text_or_null(event.holder_name.bytes);
    if (event.has_holder) {
        rows.int8(event.holder_bytes);
    } else {
        rows.null();
    }
    rows.end_row();
}

} // namespace
} // namespace opsmon

using namespace opsmon;

Datum opsmon_live_guard(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::GuardSample* sample = copy_of(shmem::state()->guard)) {
        for (std::size_t i = 0; i < core::kVolumeKinds; ++i) {
            guard_row(rows, *sample, i);
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_guard_events(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::EventLog* log = copy_of(shmem::state()->events)) {
        for (std::uint32_t i = 0; i < log->count; ++i) {
            event_row(rows, *log, log->events[i]);
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_wal_holders(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    const core::GuardSample* sample = copy_of(shmem::state()->guard);
    if (sample == nullptr) {
        return static_cast<Datum>(0);
    }
    const core::RetentionFacts facts = core::retention_facts(*sample);
    const std::uint32_t capacity = facts.slot_count + core::kHoldersBesideSlots;
    auto* holders = static_cast<core::Holder*>(palloc(capacity * sizeof(core::Holder)));
    const std::uint32_t count = core::find_holders(facts, holders, capacity);
    for (std::uint32_t i = 0; i < count; ++i) {
        holder_row(rows, *sample, holders[i]);
    }
    return static_cast<Datum>(0);
}

Datum opsmon_guard_ladder(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    for (std::size_t i = 0; i < core::kRungs; ++i) {
        const core::RungRow& row = core::row_of(static_cast<core::Rung>(i));
        const auto time_or_null = [](core::TimeUs us) {
            return us == 0 ? std::nullopt : std::optional(us);
        };
        rows.int4(static_cast<std::int32_t>(i)).text(row.name);
        if (row.default_free_permille != 0) {
            rows.int4(static_cast<std::int32_t>(row.default_free_permille) / 10);
        } else {
            rows.null();
        }
        rows.interval_us(time_or_null(row.full_in_us))
            .text_or_null(core::name_of(row.forecast))
            .interval_us(time_or_null(row.hold_us))
            .text(row.wal_volume_only ? "wal" : "wal, data")
            .text(row.does)
            .end_row();
    }
    return static_cast<Datum>(0);
}
