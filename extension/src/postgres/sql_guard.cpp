// The SQL functions that show what the guard thinks: its verdict on each volume, the ladder itself,
// who holds WAL, and the newest of its decisions. Like the other live functions they read the
// published copy only.

#include "core/plan.hpp"
#include "postgres/fence.hpp"
#include "postgres/guard_settings.hpp"
#include "postgres/policies.hpp"
#include "postgres/published_copy.hpp"
#include "postgres/shmem.hpp"
#include "postgres/sql_rows.hpp"
#include "postgres/volume_place.hpp"
#include "postgres/worker.hpp"

extern "C" {
PG_FUNCTION_INFO_V1(opsmon_live_guard);
PG_FUNCTION_INFO_V1(opsmon_live_guard_counts);
PG_FUNCTION_INFO_V1(opsmon_live_guard_events);
PG_FUNCTION_INFO_V1(opsmon_live_guard_plan);
PG_FUNCTION_INFO_V1(opsmon_live_guard_state);
PG_FUNCTION_INFO_V1(opsmon_live_wal_holders);
PG_FUNCTION_INFO_V1(opsmon_guard_ladder);
}

namespace opsmon {
namespace {

// A rate as people want it in SQL: whole bytes.
std::optional<std::uint64_t> whole(std::optional<double> bytes_per_second) {
    return bytes_per_second ? std::optional(static_cast<std::uint64_t>(*bytes_per_second))
                            : std::nullopt;
}

void guard_row(Rows& rows, const core::GuardSample& sample, std::size_t i) {
    const core::Volume& volume = sample.volumes[i];
    const core::VolumeVerdict& verdict = sample.verdicts[i];
    rows.text(core::name_of(sample.mode))
        .text(volume_name(volume))
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
        .text(core::name_of(event.mode))
        .text(event.who.bytes)
        .text(core::name_of(event.volume))
        .text(core::name_of(event.action))
        .text(core::name_of(event.outcome))
        .text_or_null(event.target.bytes)
        .text(core::row_of(event.from).name)
        .text(core::row_of(event.to).name)
        .text_or_null(event.trigger == core::Trigger::None ? nullptr : core::name_of(event.trigger))
        .int8(event.usable_bytes)
        .int8(event.size_bytes)
        .interval_us(event.full_in)
        .text_or_null(event.has_holder ? core::name_of(event.holder) : nullptr)
        .text_or_null(event.holder_name.bytes)
        .int8(event.has_holder ? std::optional(event.holder_bytes) : std::nullopt)
        .int8(event.before_bytes)
        .int8(event.after_bytes)
        .text_or_null(event.detail.bytes)
        .text_or_null(event.caller.acted_as.bytes)
        .text_or_null(event.caller.client.bytes)
        .text_or_null(event.caller.application_name.bytes)
        .int4_or_null(event.caller.pid)
        .end_row();
}

// --- what it has in hand -------------------------------------------------------------------------

core::TimeUs suspended_until(core::TimeUs steady_now) {
    const auto until =
        static_cast<core::TimeUs>(pg_atomic_read_u64(&shmem::state()->suspended_until_steady_us));
    return until > steady_now ? worker::now() + (until - steady_now) : 0;
}

void fence_cells(Rows& rows) {
    const FenceControl& control = shmem::state()->fence;
    auto* word_of = const_cast<pg_atomic_uint32*>(&control.word);
    const std::uint32_t word = pg_atomic_read_u32(word_of);
    fence::ByHand hand{};
    const bool by_hand = (word & core::kFenceByHand) != 0 && fence::by_hand(hand);
    const bool by_guard = (word & (core::kFenceWriters | core::kFenceAll)) != 0;
    rows.text((word & core::kFenceAll) != 0 ? "everything"
              : word != 0                   ? "writers"
                                            : "down")
        .boolean(by_hand)
        .text_or_null(by_hand ? hand.reason.bytes : nullptr)
        .time(word != 0 ? static_cast<core::TimeUs>(
                              pg_atomic_read_u64(const_cast<pg_atomic_uint64*>(&control.raised_at)))
                        : 0);
    if (by_guard) {
        rows.text(core::name_of(static_cast<core::VolumeKind>(
            pg_atomic_read_u32(const_cast<pg_atomic_uint32*>(&control.volume)))));
    } else {
        rows.null();
    }
}

void state_row(Rows& rows, const core::GuardSample& sample) {
    SharedState& shared = *shmem::state();
    const core::TimeUs until = suspended_until(worker::steady_now());
    rows.text(core::name_of(sample.mode)).time(until);
    fence_cells(rows);
    rows.int8(pg_atomic_read_u64(&shared.fence.refused_statements))
        .int8(pg_atomic_read_u64(&shared.fence.cancelled_statements))
        .int8(pg_atomic_read_u64(&shared.fence.held_commits));
    if (const core::PolicyTable* table = copy_of(shared.policies)) {
        rows.time(table->loaded_at)
            .int4(static_cast<std::int32_t>(table->count))
            .int4(static_cast<std::int32_t>(table->omitted));
    } else {
        rows.null().null().null();
    }
    rows.int8(sample.ballast_bytes[core::kWalVolume]).int8(sample.ballast_bytes[core::kDataVolume]);
    const core::WorkerStatus* reclaimer = copy_of(shared.reclaimer_status);
    rows.int4_or_null(reclaimer != nullptr ? reclaimer->pid : 0)
        .time(reclaimer != nullptr ? reclaimer->last_tick_at : 0)
        .boolean(sample.archiver_stuck)
        .int8(shared.reports.lost())
        .end_row();
}

// --- what it would do ----------------------------------------------------------------------------

const char* why(const core::PlanStep& step) {
    if (step.keeps) {
        return step.refusal == core::Refusal::None ? "would free nothing: others hold as much"
                                                   : core::name_of(step.refusal);
    }
    switch (step.action) {
    case core::Action::Checkpoint:
        return "nobody but crash recovery needs this WAL, and a checkpoint moves that on";
    case core::Action::Evict:
        return psprintf("policy %s", core::name_of(step.policy));
    case core::Action::DiscardArchive:
        return "opsmon.archiver_policy is discard, and nothing is archived";
    default:
        return core::row_of(step.rung).does;
    }
}

void plan_row(Rows& rows, std::uint32_t number, const core::PlanStep& step) {
    rows.int4(static_cast<std::int32_t>(number))
        .text(core::row_of(step.rung).name)
        .text(step.keeps ? "keep" : core::name_of(step.action))
        .text_or_null(step.target.bytes)
        .int8(step.freed_bytes)
        .boolean(step.due)
        .boolean(step.acts)
        .text(why(step))
        .end_row();
}

} // namespace
} // namespace opsmon

using namespace opsmon;

Datum opsmon_live_guard(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::GuardSample* sample = copy_of(shmem::state()->guard)) {
        for (std::size_t i = 0; i < sample->volume_count; ++i) {
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
            .text(core::name_of(row.volumes))
            .text(row.does)
            .end_row();
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_guard_state(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    if (const core::GuardSample* sample = copy_of(shmem::state()->guard)) {
        state_row(rows, *sample);
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_guard_counts(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    const core::EventLog* log = copy_of(shmem::state()->events);
    for (std::size_t a = 0; a < core::kActions; ++a) {
        for (std::size_t o = 0; o < core::kOutcomes; ++o) {
            const auto action = static_cast<core::Action>(a);
            const auto outcome = static_cast<core::Outcome>(o);
            const std::uint64_t count = log != nullptr ? log->counts[a][o] : 0;
            if (count > 0 || core::can_happen(action, outcome)) {
                rows.text(core::name_of(action)).text(core::name_of(outcome)).int8(count).end_row();
            }
        }
    }
    return static_cast<Datum>(0);
}

Datum opsmon_live_guard_plan(PG_FUNCTION_ARGS) {
    Rows rows(fcinfo);
    auto* sample = const_cast<core::GuardSample*>(copy_of(shmem::state()->guard));
    if (sample == nullptr) {
        return static_cast<Datum>(0);
    }
    const core::GuardSettings settings = guard_settings();
    core::PlanFacts facts{};
    facts.settings = &settings;
    auto* table = static_cast<core::PolicyTable*>(palloc0(sizeof(core::PolicyTable)));
    facts.policies = policies::read(*table) ? table : nullptr;
    facts.steady_us = worker::steady_now();
    facts.suspended = suspended_until(facts.steady_us) != 0;
    const std::uint32_t capacity = 2 * sample->slot_count + core::kStepsBesideSlots;
    auto* steps = static_cast<core::PlanStep*>(palloc0(capacity * sizeof(core::PlanStep)));
    const std::uint32_t count = core::make_plan(*sample, facts, steps, capacity);
    for (std::uint32_t i = 0; i < count; ++i) {
        plan_row(rows, i + 1, steps[i]);
    }
    return static_cast<Datum>(0);
}
