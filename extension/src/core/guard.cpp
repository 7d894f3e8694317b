#include "core/guard.hpp"

#include "core/forecast.hpp"

namespace opsmon::core {
namespace {

// A file that cannot be made is as good as no room. A WAL segment needs its own inode and those of
// its archive status; what data needs is anybody's guess, so a small file is assumed.
constexpr Bytes kDataBytesPerInode = 16 * 1024;
constexpr Bytes kInodesPerSegment = 4;

constexpr std::size_t index_of(Rung rung) {
    return static_cast<std::size_t>(rung);
}

// The thresholds of a volume; impossible ones are not followed but replaced by the defaults, and
// the verdict says so.
Thresholds thresholds_for(const GuardSample& sample, const Volume& volume,
                          const GuardSettings& settings, const Reaction& reaction, bool& refused) {
    const VolumeShape shape{volume.size_bytes, sample.wal.segment_bytes};
    Thresholds resolved = resolve(settings.wanted, shape);
    refused = misordered(resolved).has_value();
    if (refused) {
        resolved = resolve(Thresholds{}, shape);
    }
    if (volume.kind == VolumeKind::Tablespace) {
        // It has this rung only: no room has to be kept for those above, however small it is.
        const Bytes wanted = settings.wanted.free_bytes[index_of(Rung::Watch)];
        Thresholds watch{};
        watch.free_bytes[index_of(Rung::Watch)] =
            wanted != 0 ? wanted
                        : volume.size_bytes / 1000 * row_of(Rung::Watch).default_free_permille;
        return watch;
    }
    if (volume.kind == VolumeKind::Wal) {
        // A guard that is late, or writers faster than any before, need a fence that comes earlier;
        // but never before an eviction had its chance.
        Bytes& fence = resolved.free_bytes[index_of(Rung::Fence)];
        const Bytes most =
            bytes_between(resolved.free_bytes[index_of(Rung::Evict)], sample.wal.segment_bytes);
        const Bytes needed = fence_needs(reaction, sample.wal.segment_bytes);
        const Bytes raised = needed < most ? needed : most;
        fence = raised > fence ? raised : fence;
    }
    return resolved;
}

Bytes usable_bytes(const GuardSample& sample, const Volume& volume) {
    if (volume.kind == VolumeKind::Wal) {
        return room_of(volume, sample.wal.segment_bytes / kInodesPerSegment) +
               sample.reusable_bytes;
    }
    return room_of(volume, kDataBytesPerInode);
}

VolumeLook look_at(const GuardSample& sample, const Volume& volume, const Thresholds& thresholds,
                   const GuardSettings& settings, const WalRate& rate) {
    VolumeLook look{};
    look.fresh = volume.known;
    look.free_bytes = usable_bytes(sample, volume);
    if (volume.kind != VolumeKind::Wal) {
        return look;
    }
    // Full means: no room but what the fence needs to hold.
    const Bytes room = bytes_between(look.free_bytes, thresholds.free_bytes[index_of(Rung::Fence)]);
    const std::optional<Bytes> growth =
        growth_limit(retention_facts(sample), settings.max_wal_bytes);
    if (growth && *growth <= room && !sample.archiver_stuck) {
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

void note_rung(const GuardSample& sample, std::size_t volume, const LadderStep& taken,
               EventLog& log) {
    GuardEvent event = event_on(sample, volume);
    event.action = Action::Rung;
    event.outcome = Outcome::Decided;
    event.from = taken.from;
    event.to = taken.to;
    event.trigger = taken.trigger;
    append(log, event);
}

void note_archiver(const GuardSample& sample, EventLog& log) {
    GuardEvent event = event_on(sample, kWalVolume);
    event.action = Action::ArchiverStuck;
    event.outcome = Outcome::Decided;
    event.before_bytes = bytes_between(current_lsn(sample.wal), sample.oldest_unarchived_lsn);
    event.detail.assign("nothing has been archived for a while although WAL is written; see "
                        "pg_stat_archiver and the server's log for why");
    append(log, event);
}

// True when it has just got stuck. How long and how much is what makes a consumer stalled, too.
bool watch_archiver(ArchiverWatch& watch, const GuardSample& sample, const StallLimits& limits,
                    TimeUs steady_us) {
    const Lsn current = current_lsn(sample.wal);
    if (sample.oldest_unarchived_lsn == kUnknownLsn || sample.archiver_rests ||
        current < watch.lsn_then || sample.oldest_unarchived_lsn != watch.oldest_unarchived_lsn) {
        watch = {sample.oldest_unarchived_lsn, current, steady_us, false};
        return false;
    }
    const bool was_stuck = watch.stuck;
    watch.stuck = watch.stuck || (steady_us - watch.since >= limits.time_us &&
                                  current - watch.lsn_then >= limits.wal_bytes);
    return watch.stuck && !was_stuck;
}

void judge_volume(GuardSample& sample, std::size_t i, const GuardSettings& settings,
                  TimeUs steady_us, GuardMemory& memory, EventLog& log) {
    const Volume& volume = sample.volumes[i];
    VolumeVerdict& verdict = sample.verdicts[i];
    verdict.follows_wal = false;
    verdict.thresholds =
        thresholds_for(sample, volume, settings, memory.reaction, verdict.thresholds_refused);
    const VolumeLook look = look_at(sample, volume, verdict.thresholds, settings, memory.rate);
    verdict.usable_bytes = look.free_bytes;
    verdict.full_in_fast = look.full_in_fast;
    verdict.full_in_slow = look.full_in_slow;
    if (settings.mode == GuardMode::Off) {
        memory.ladders[i] = LadderState{};
        verdict.since = 0;
        verdict.rung = verdict.demanded = Rung::Calm;
        return;
    }
    const LadderStep taken =
        step(memory.ladders[i], look, verdict.thresholds, volume.kind, steady_us);
    verdict.rung = taken.to;
    verdict.demanded = taken.demanded;
    if (taken.from != taken.to) {
        verdict.since = sample.sampled_at;
        note_rung(sample, i, taken, log);
    }
}

bool is_wal_volume_too(const GuardSample& sample, std::size_t i) {
    const Volume& wal = sample.volumes[kWalVolume];
    const Volume& volume = sample.volumes[i];
    return i != kWalVolume && wal.known && volume.known && volume.device == wal.device;
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
    facts.oldest_unsummarized_lsn = sample.oldest_unsummarized_lsn;
    facts.oldest_wal_lsn = sample.oldest_wal_lsn;
    facts.slots = sample.slots;
    facts.slot_count = sample.slot_count;
    return facts;
}

GuardEvent event_on(const GuardSample& sample, std::size_t volume) {
    GuardEvent event{};
    const VolumeVerdict& verdict = sample.verdicts[volume];
    event.at = sample.sampled_at;
    event.mode = sample.mode;
    event.who.assign("guard");
    event.volume = sample.volumes[volume].kind;
    event.target = sample.volumes[volume].tablespace;
    event.from = verdict.rung;
    event.to = verdict.rung;
    event.usable_bytes = verdict.usable_bytes;
    event.size_bytes = sample.volumes[volume].size_bytes;
    event.full_in = earlier(verdict.full_in_fast, verdict.full_in_slow);
    if (event.volume == VolumeKind::Wal) {
        name_largest_holder(sample, event);
    }
    return event;
}

void judge(GuardSample& sample, const GuardSettings& settings, TimeUs steady_us,
           GuardMemory& memory, EventLog& log) {
    observe(memory.rate, current_lsn(sample.wal), steady_us);
    observe(memory.reaction, current_lsn(sample.wal), steady_us, memory.planned_us);
    sample.mode = settings.mode;
    sample.wal_keep_bytes = settings.wal_keep_bytes;
    sample.fast_bytes_per_second = fast_bytes_per_second(memory.rate);
    sample.slow_bytes_per_second = slow_bytes_per_second(memory.rate);
    const bool just_stuck = watch_archiver(memory.archiver, sample, settings.stall, steady_us);
    sample.archiver_stuck = memory.archiver.stuck;
    for (std::size_t i = 0; i < sample.volume_count; ++i) {
        if (is_wal_volume_too(sample, i)) {
            sample.verdicts[i] = sample.verdicts[kWalVolume];
            sample.verdicts[i].follows_wal = true;
            memory.ladders[i] = memory.ladders[kWalVolume];
        } else {
            judge_volume(sample, i, settings, steady_us, memory, log);
        }
    }
    if (just_stuck && settings.mode != GuardMode::Off) {
        note_archiver(sample, log);
    }
}

} // namespace opsmon::core
