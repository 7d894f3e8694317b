#include "core/guard.hpp"

#include "core/forecast.hpp"

namespace opsmon::core {
namespace {

// The thresholds of a volume; impossible ones are not followed but replaced by the defaults, and
// the verdict says so.
Thresholds thresholds_for(const GuardSample& sample, const Volume& volume,
                          const GuardSettings& settings, bool& refused) {
    const VolumeShape shape{volume.size_bytes, sample.wal.segment_bytes};
    const Thresholds resolved = resolve(settings.wanted, shape);
    refused = misordered(resolved).has_value();
    return refused ? resolve(Thresholds{}, shape) : resolved;
}

VolumeLook look_at(const GuardSample& sample, const Volume& volume, const Thresholds& thresholds,
                   const GuardSettings& settings, const WalRate& rate) {
    VolumeLook look{};
    look.fresh = volume.known;
    look.free_bytes = volume.free_bytes;
    if (volume.kind != VolumeKind::Wal) {
        return look;
    }
    look.free_bytes += sample.reusable_bytes;
    // Full means: no room but what the fence needs to hold.
    const Bytes room = bytes_between(look.free_bytes,
                                     thresholds.free_bytes[static_cast<std::size_t>(Rung::Fence)]);
    const std::optional<Bytes> growth =
        growth_limit(retention_facts(sample), settings.max_wal_bytes);
    if (growth && *growth <= room) {
        return look; // a healthy server writes WAL all day, and its checkpoints take it away
    }
    look.full_in_fast = time_to_fill(room, fast_bytes_per_second(rate).value_or(0));
    look.full_in_slow = time_to_fill(room, slow_bytes_per_second(rate).value_or(0));
    return look;
}

void name_largest_holder(const GuardSample& sample, GuardEvent& event) {
    Holder holders[kSlotsMax + kHoldersBesideSlots];
    const std::uint32_t count =
        find_holders(retention_facts(sample), holders, kSlotsMax + kHoldersBesideSlots);
    const Holder* largest = nullptr;
    for (std::uint32_t i = 0; i < count; ++i) {
        if (largest == nullptr || holders[i].held_bytes > largest->held_bytes) {
            largest = &holders[i];
        }
    }
    if (largest == nullptr) {
        return;
    }
    event.has_holder = true;
    event.holder = largest->kind;
    event.holder_bytes = largest->held_bytes;
    if (largest->kind == HolderKind::Slot) {
        event.holder_name = sample.slots[largest->slot].name;
    }
}

void note(const GuardSample& sample, const Volume& volume, const VolumeLook& look,
          const LadderStep& taken, EventLog& log) {
    GuardEvent event{};
    event.at = sample.sampled_at;
    event.volume = volume.kind;
    event.from = taken.from;
    event.to = taken.to;
    event.trigger = taken.trigger;
    event.usable_bytes = look.free_bytes;
    event.size_bytes = volume.size_bytes;
    event.full_in = earlier(look.full_in_fast, look.full_in_slow);
    if (volume.kind == VolumeKind::Wal) {
        name_largest_holder(sample, event);
    }
    append(log, event);
}

} // namespace

void start(GuardMemory& memory) {
    memory = GuardMemory{};
    start(memory.rate);
}

RetentionFacts retention_facts(const GuardSample& sample) {
    RetentionFacts facts{};
    facts.current_lsn = current_lsn(sample.wal);
    facts.segment_bytes = sample.wal.segment_bytes;
    facts.redo_lsn = sample.wal.redo_lsn;
    facts.wal_keep_bytes = sample.wal_keep_bytes;
    facts.oldest_unarchived_lsn = sample.oldest_unarchived_lsn;
    facts.slots = sample.slots;
    facts.slot_count = sample.slot_count;
    return facts;
}

void judge(GuardSample& sample, const GuardSettings& settings, TimeUs steady_us,
           GuardMemory& memory, EventLog& log) {
    observe(memory.rate, current_lsn(sample.wal), steady_us);
    sample.wal_keep_bytes = settings.wal_keep_bytes;
    sample.fast_bytes_per_second = fast_bytes_per_second(memory.rate);
    sample.slow_bytes_per_second = slow_bytes_per_second(memory.rate);
    for (std::size_t i = 0; i < kVolumeKinds; ++i) {
        const Volume& volume = sample.volumes[i];
        VolumeVerdict& verdict = sample.verdicts[i];
        const Thresholds thresholds =
            thresholds_for(sample, volume, settings, verdict.thresholds_refused);
        const VolumeLook look = look_at(sample, volume, thresholds, settings, memory.rate);
        if (!settings.on) {
            memory.ladders[i] = LadderState{};
            verdict.since = 0;
        } else {
            const LadderStep taken = step(memory.ladders[i], look, thresholds,
                                          volume.kind == VolumeKind::Wal, steady_us);
            if (taken.from != taken.to) {
                verdict.since = sample.sampled_at;
                note(sample, volume, look, taken, log);
            }
        }
        verdict.rung = memory.ladders[i].rung;
        verdict.thresholds = thresholds;
        verdict.usable_bytes = look.free_bytes;
        verdict.full_in_fast = look.full_in_fast;
        verdict.full_in_slow = look.full_in_slow;
    }
}

} // namespace opsmon::core
