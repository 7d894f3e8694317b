#include "core/act.hpp"

namespace opsmon::core {
namespace {

constexpr TimeUs kSkipUs = 60 * kUsPerSecond;
constexpr TimeUs kSkipRefusedUs = 2 * kUsPerSecond;
constexpr TimeUs kCheckpointPauseUs = 5 * kUsPerSecond;
// While there is time, checkpoints must not cost the writers more than the volume is worth.
constexpr TimeUs kCheckpointPauseWithTimeUs = 30 * kUsPerSecond;
constexpr TimeUs kCheckpointAgainUs = 60 * kUsPerSecond;
constexpr TimeUs kRestartpointPauseUs = 300 * kUsPerSecond;
constexpr TimeUs kForever = std::numeric_limits<TimeUs>::max();
// The reclaimer looks once a second; an eviction can take longer, but not to begin.
constexpr TimeUs kReclaimerPatienceUs = 15 * kUsPerSecond;

constexpr std::size_t index_of(Rung rung) {
    return static_cast<std::size_t>(rung);
}

class Actor {
public:
    Actor(const GuardSample& sample, const ActFacts& facts, ActMemory& memory, EventLog& log)
        : sample_(sample), facts_(facts), settings_(*facts.settings), memory_(memory), log_(log) {}

    Deeds run() {
        if (settings_.mode == GuardMode::Off) {
            memory_.told = Told{};
            memory_.told_fence = FenceState{};
        }
        read_report();
        hold_the_fence();
        // Relieving and evicting look at who holds what: not on slots of a moment ago.
        if (is_fresh()) {
            take_or_relieve();
        }
        release_ballast();
        deeds_.need = need();
        deeds_.next_look_us = pace();
        return deeds_;
    }

private:
    const VolumeVerdict& wal() const { return sample_.verdicts[kWalVolume]; }

    // Of a volume that cannot be read it is not known that there is room again.
    Need need() const {
        if (!sample_.volumes[kWalVolume].known || wal().demanded >= Rung::Fence) {
            return Need::Anybody;
        }
        if (wal().demanded < Rung::Evict) {
            return Need::Nobody;
        }
        return fence_is_near(wal()) ? Need::Anybody : Need::NotTheLast;
    }

    bool acts(Rung rung) const {
        return settings_.mode == GuardMode::Enforce && !facts_.suspended &&
               settings_.rung_acts[index_of(rung)];
    }

    bool is_fresh() const {
        return sample_.volumes[kWalVolume].known && sample_.slow_facts_known &&
               sample_.slots_sampled_at == sample_.sampled_at;
    }

    GuardEvent event(Action action, Outcome outcome, std::size_t volume = kWalVolume) const {
        GuardEvent made = event_on(sample_, volume);
        made.action = action;
        made.outcome = outcome;
        return made;
    }

    // --- the reclaimer's answer ------------------------------------------------------------------

    void read_report() {
        if (!memory_.order_is_open) {
            return;
        }
        const bool is_ours = facts_.report.number == memory_.order.number;
        if (is_ours && facts_.report.state >= OrderState::Done) {
            memory_.order_is_open = false;
            memory_.told.reclaimer = false;
            const bool has_failed = facts_.report.state == OrderState::Failed;
            if (facts_.report.state == OrderState::Refused &&
                memory_.order.kind == OrderKind::Checkpoint) { // none was made: it did not count
                memory_.checkpoint_at = 0;
                memory_.checkpoint_again_at = facts_.steady_us + kSkipRefusedUs;
            }
            if (facts_.report.state != OrderState::Done &&
                memory_.order.kind == OrderKind::DiscardArchive) {
                memory_.discard_again_at =
                    facts_.steady_us + (has_failed ? kSkipUs : kSkipRefusedUs);
            }
            if (facts_.report.state != OrderState::Done && memory_.order.kind == OrderKind::Evict) {
                skip(memory_.order.slot, has_failed ? kSkipUs : kSkipRefusedUs);
                // Dropped, and nothing freed: a checkpoint does not end, say. Another victim would
                // be taken for nothing.
                memory_.awaited_lsn = has_failed && !exists(memory_.order.slot)
                                          ? memory_.order.then_oldest_lsn
                                          : kUnknownLsn;
            }
            return;
        }
        const bool has_begun = is_ours && facts_.report.state == OrderState::Working;
        if (!has_begun && !memory_.told.reclaimer &&
            facts_.steady_us - memory_.order.given_steady_us > kReclaimerPatienceUs) {
            memory_.told.reclaimer = true;
            GuardEvent made = event(Action::Reclaimer, Outcome::Failed);
            made.target = memory_.order.slot;
            made.detail.assign("the process opsmon reclaimer does not take its orders; look for it "
                               "in pg_stat_activity and in the server's log");
            append(log_, made);
        }
    }

    void skip(const Name& slot, TimeUs how_long_us) {
        if (memory_.skipped_count == kSkippedMax) {
            for (std::uint32_t i = 1; i < kSkippedMax; ++i) {
                memory_.skipped[i - 1] = memory_.skipped[i];
            }
            --memory_.skipped_count;
        }
        memory_.skipped[memory_.skipped_count++] = {slot, facts_.steady_us + how_long_us};
    }

    // --- fence -----------------------------------------------------------------------------------

    // The volume that demands a fence, if any; the WAL volume first, where a full one is the end.
    // It is raised for what is now, and held for as long as its rung is.
    std::optional<std::size_t> fenced_volume() const {
        const bool is_up = memory_.fence.up || memory_.told_fence.up;
        for (const std::size_t i : {kWalVolume, kDataVolume}) {
            const VolumeVerdict& verdict = sample_.verdicts[i];
            const bool is_held = is_up && i == memory_.fence_volume && verdict.rung >= Rung::Fence;
            if (verdict.demanded >= Rung::Fence || is_held) {
                return i;
            }
        }
        return std::nullopt;
    }

    void hold_the_fence() {
        const std::optional<std::size_t> demanded = fenced_volume();
        const std::size_t volume = demanded.value_or(memory_.fence_volume);
        if (volume != memory_.fence_volume) {
            // Another volume's room is no measure: growth is counted anew.
            memory_.fence.counted_since = memory_.told_fence.counted_since = 0;
            memory_.fence_volume = volume;
        }
        deeds_.fence_volume = sample_.volumes[volume].kind;
        deeds_.fence_bits = bits_of(memory_.fence);
        deeds_.lift_usable_bytes =
            with_margin(sample_.verdicts[volume].thresholds.free_bytes[index_of(Rung::Fence)]);
        if (!sample_.volumes[volume].known && acts(Rung::Fence)) {
            return; // nothing is known that could move it
        }
        // On a standby nobody writes whom a fence could stop.
        const bool wanted = demanded.has_value() && !sample_.wal.in_recovery;
        FenceLook look{};
        look.current_lsn = current_lsn(sample_.wal);
        look.usable_bytes = sample_.verdicts[volume].usable_bytes;
        look.segment_bytes = sample_.wal.segment_bytes;
        look.is_wal_volume = volume == kWalVolume;
        look.is_last_rung = sample_.verdicts[volume].demanded == Rung::Rescue;

        look.wanted = wanted && acts(Rung::Fence);
        deeds_.fence_change = step(memory_.fence, look, facts_.steady_us);
        tell_fence(deeds_.fence_change, volume, /* really */ true);
        deeds_.fence_bits = bits_of(memory_.fence);

        look.wanted = wanted && !acts(Rung::Fence);
        // Without a fence WAL grows on: that says nothing about whom it would not have stopped.
        const FenceChange told = step(memory_.told_fence, look, facts_.steady_us);
        const bool is_no_prediction =
            told == FenceChange::Widened || told == FenceChange::Strengthened;
        tell_fence(is_no_prediction ? FenceChange::None : told, volume, /* really */ false);
    }

    void tell_fence(FenceChange change, std::size_t volume, bool really) {
        const Outcome outcome = really ? Outcome::Done : Outcome::Would;
        switch (change) {
        case FenceChange::None:
            return;
        case FenceChange::Raised:
            append(log_, event(Action::Fence, outcome, volume));
            return;
        case FenceChange::Widened:
            append(log_, event(Action::FenceAll, outcome, volume));
            return;
        case FenceChange::Strengthened: {
            GuardEvent made = event(Action::FenceAll, outcome, volume);
            made.detail.assign("WAL was still written: what exempt sessions run is cancelled, too");
            append(log_, made);
            return;
        }
        case FenceChange::Lifted:
            append(log_, event(Action::FenceLifted, outcome, volume));
            return;
        }
    }

    // --- consumers and checkpoints ---------------------------------------------------------------

    void take_or_relieve() {
        if (wal().rung < Rung::Evict) {
            memory_.told.evict = false;
            memory_.told.discard = false;
        }
        if (wal().rung < Rung::Relieve) {
            memory_.told.checkpoint = false;
        }
        if (wal().demanded >= Rung::Evict && (evict() || discard_archive())) {
            return;
        }
        if (wal().demanded >= Rung::Relieve) {
            relieve();
        }
    }

    // An eviction brings its own checkpoint, and the one that was asked for goes on by itself.
    bool is_busy_with_more_than_a_checkpoint() const {
        return memory_.order_is_open && memory_.order.kind != OrderKind::Checkpoint;
    }

    VictimFacts victim_facts(std::uint32_t (&skipped)[kSkippedMax]) const {
        VictimFacts facts{};
        facts.retention = retention_facts(sample_);
        facts.stall = settings_.stall;
        facts.policies = facts_.policies;
        facts.steady_us = facts_.steady_us;
        facts.fence_is_near = fence_is_near(wal());
        facts.some_unseen = sample_.slots_omitted > 0;
        facts.skip = skipped;
        for (std::uint32_t i = 0; i < memory_.skipped_count; ++i) {
            const Skipped& entry = memory_.skipped[i];
            for (std::uint32_t s = 0; s < sample_.slot_count && facts.skip_count < kSkippedMax;
                 ++s) {
                if (entry.until > facts_.steady_us && sample_.slots[s].name.equals(entry.slot)) {
                    skipped[facts.skip_count++] = sample_.slots[s].index;
                }
            }
        }
        return facts;
    }

    bool exists(const Name& slot) const {
        for (std::uint32_t i = 0; i < sample_.slot_count; ++i) {
            if (sample_.slots[i].name.equals(slot)) {
                return true;
            }
        }
        return false;
    }

    bool awaits_wal_of_the_last() {
        const Bytes segment = sample_.wal.segment_bytes;
        if (memory_.awaited_lsn == kUnknownLsn || segment == 0) {
            return memory_.awaited_lsn != kUnknownLsn;
        }
        const Lsn awaited = memory_.awaited_lsn / segment;
        const bool is_gone =
            sample_.oldest_wal_lsn != kUnknownLsn && sample_.oldest_wal_lsn / segment >= awaited;
        // Somebody who came since holds it: he may be asked for it.
        if (is_gone || oldest_beside_recovery(retention_facts(sample_)) / segment < awaited) {
            memory_.awaited_lsn = kUnknownLsn;
        }
        return memory_.awaited_lsn != kUnknownLsn;
    }

    // True when the matter is in hand: an eviction is under way, ordered, or told of.
    bool evict() {
        if (is_busy_with_more_than_a_checkpoint()) {
            return true;
        }
        if (awaits_wal_of_the_last()) {
            return false;
        }
        std::uint32_t skipped[kSkippedMax];
        const std::optional<Victim> victim = choose_victim(victim_facts(skipped));
        if (!victim) {
            return false;
        }
        const Slot& slot = sample_.slots[victim->slot];
        GuardEvent made = event(Action::Evict, Outcome::Would);
        made.target = slot.name;
        made.before_bytes = retained_bytes(slot, current_lsn(sample_.wal));
        if (!acts(Rung::Evict)) {
            if (!memory_.told.evict || !memory_.told.victim.equals(slot.name)) {
                memory_.told.evict = true;
                memory_.told.victim = slot.name;
                append(log_, made);
            }
            // The eviction would bring its own checkpoint: none is told of beside it.
            return !acts(Rung::Relieve);
        }
        made.outcome = Outcome::Ordered;
        append(log_, made);
        Order order{};
        order.kind = OrderKind::Evict;
        order.slot = slot.name;
        order.slot_index = slot.index;
        order.said = policy_of(*facts_.policies, slot.name);
        order.must_free = true;
        order.active_pid = slot.active_pid;
        order.restart_lsn = slot.restart_lsn;
        order.confirmed_flush_lsn = slot.confirmed_flush_lsn;
        order.then_oldest_lsn = victim->then_oldest_lsn;
        give(order);
        return true;
    }

    // The archive is the last thing to be given up, and only where somebody has said so.
    bool discard_archive() {
        if (!settings_.discard_archive || !sample_.archiver_stuck || !fence_is_near(wal()) ||
            facts_.steady_us < memory_.discard_again_at) {
            return false;
        }
        Holder holders[kSlotsMax + kHoldersBesideSlots];
        const RetentionFacts retention = retention_facts(sample_);
        const std::uint32_t count =
            find_holders(retention, holders, kSlotsMax + kHoldersBesideSlots);
        Bytes freed = 0;
        for (std::uint32_t i = 0; i < count; ++i) {
            freed = holders[i].kind == HolderKind::Archiver ? holders[i].marginal_bytes : freed;
        }
        if (freed < sample_.wal.segment_bytes) {
            return false;
        }
        GuardEvent made = event(Action::DiscardArchive, Outcome::Would);
        made.before_bytes = freed;
        if (!acts(Rung::Evict)) {
            if (!memory_.told.discard) {
                memory_.told.discard = true;
                append(log_, made);
            }
            return false;
        }
        made.outcome = Outcome::Ordered;
        append(log_, made);
        Order order{};
        order.kind = OrderKind::DiscardArchive;
        order.restart_lsn = sample_.oldest_unarchived_lsn;
        order.then_oldest_lsn = sample_.oldest_unarchived_lsn + freed;
        give(order);
        return true;
    }

    // Once for each two segments by which less is needed: a checkpoint that frees nothing costs one
    // where archive_timeout is set. On a standby it costs nothing, and what it needs, a checkpoint
    // record of the primary's, may have been replayed meanwhile.
    bool was_asked_for(const Unneeded& unneeded) const {
        const bool moved_on = bytes_between(unneeded.until, memory_.needed_at_checkpoint) >=
                              2 * sample_.wal.segment_bytes;
        // One that never began, or does not end, is asked for again: it has cost nothing yet.
        const bool was_made = sample_.wal.redo_lsn != memory_.redo_at_checkpoint;
        const TimeUs calmly =
            wal().demanded < Rung::Evict ? kCheckpointPauseWithTimeUs : kCheckpointPauseUs;
        const TimeUs pause = moved_on                  ? calmly
                             : sample_.wal.in_recovery ? kRestartpointPauseUs
                             : was_made                ? kForever
                                                       : kCheckpointAgainUs;
        return memory_.checkpoint_at != 0 && facts_.steady_us - memory_.checkpoint_at < pause;
    }

    void relieve() {
        const std::optional<Unneeded> unneeded = freed_by_checkpoint(sample_);
        if (!unneeded || memory_.order_is_open || facts_.steady_us < memory_.checkpoint_again_at ||
            was_asked_for(*unneeded)) {
            return;
        }
        GuardEvent made = event(Action::Checkpoint, Outcome::Would);
        made.before_bytes = bytes_between(unneeded->until, unneeded->from);
        if (!acts(Rung::Relieve)) {
            if (!memory_.told.checkpoint) {
                memory_.told.checkpoint = true;
                append(log_, made);
            }
            return;
        }
        made.outcome = Outcome::Ordered;
        append(log_, made);
        memory_.needed_at_checkpoint = unneeded->until;
        memory_.redo_at_checkpoint = sample_.wal.redo_lsn;
        memory_.checkpoint_at = facts_.steady_us;
        Order order{};
        order.kind = OrderKind::Checkpoint;
        order.restart_lsn = unneeded->from;
        order.then_oldest_lsn = unneeded->until;
        give(order);
    }

    void give(Order& order) {
        order.number = memory_.order.number + 1;
        order.given_steady_us = facts_.steady_us;
        memory_.order = order;
        memory_.order_is_open = true;
        memory_.told.reclaimer = false;
        deeds_.give_order = true;
        deeds_.order = order;
    }

    // --- ballast ---------------------------------------------------------------------------------

    void release_ballast() {
        bool anywhere = false;
        for (const std::size_t i : {kWalVolume, kDataVolume}) {
            if (!sample_.ballast_bytes[i]) {
                memory_.ballast_released[i] = false; // seen to be gone: a new one may come
            }
            if (sample_.verdicts[i].rung != Rung::Rescue || sample_.verdicts[i].follows_wal) {
                continue;
            }
            anywhere = true;
            if (acts(Rung::Rescue)) {
                deeds_.release_ballast[i] =
                    sample_.ballast_bytes[i].has_value() && !memory_.ballast_released[i];
                memory_.ballast_released[i] |= deeds_.release_ballast[i];
            } else if (!memory_.told.rescue && settings_.mode != GuardMode::Off) {
                memory_.told.rescue = true;
                append(log_, event(Action::BallastReleased, Outcome::Would, i));
            }
        }
        if (!anywhere) {
            memory_.told.rescue = false;
        }
    }

    // --- pace ------------------------------------------------------------------------------------

    // As soon as the fastest conceivable writer could be at the next rung that acts.
    TimeUs pace() const {
        TimeUs soonest = settings_.interval_us;
        if (facts_.fence_by_hand && soonest > kUnderFenceIntervalUs) {
            soonest = kUnderFenceIntervalUs;
        }
        if (settings_.mode == GuardMode::Off) {
            return soonest;
        }
        for (const std::size_t i : {kWalVolume, kDataVolume}) {
            const VolumeVerdict& verdict = sample_.verdicts[i];
            if (!sample_.volumes[i].known || verdict.follows_wal) {
                continue;
            }
            const bool may_evict = i == kWalVolume && verdict.rung < Rung::Evict;
            const Bytes next =
                verdict.thresholds.free_bytes[index_of(may_evict ? Rung::Evict : Rung::Fence)];
            const TimeUs then = next_look(verdict.usable_bytes, next, settings_.interval_us);
            soonest = then < soonest ? then : soonest;
        }
        return soonest;
    }

    const GuardSample& sample_;
    const ActFacts& facts_;
    const GuardSettings& settings_;
    ActMemory& memory_;
    EventLog& log_;
    Deeds deeds_{};
};

} // namespace

Deeds act(const GuardSample& sample, const ActFacts& facts, ActMemory& memory, EventLog& log) {
    return Actor(sample, facts, memory, log).run();
}

bool fence_is_near(const VolumeVerdict& verdict) {
    const Bytes evict = verdict.thresholds.free_bytes[index_of(Rung::Evict)];
    const Bytes fence = verdict.thresholds.free_bytes[index_of(Rung::Fence)];
    return verdict.rung >= Rung::Fence ||
           verdict.usable_bytes < fence + bytes_between(evict, fence) / 2;
}

std::optional<Unneeded> freed_by_checkpoint(const GuardSample& sample) {
    const RetentionFacts facts = retention_facts(sample);
    const Lsn from = sample.oldest_wal_lsn != kUnknownLsn ? sample.oldest_wal_lsn : facts.redo_lsn;
    const Lsn until = oldest_beside_recovery(facts);
    if (from == kUnknownLsn || until == kUnknownLsn || facts.segment_bytes == 0) {
        return std::nullopt;
    }
    const std::uint64_t segments =
        bytes_between(until / facts.segment_bytes, from / facts.segment_bytes);
    return segments < 2 ? std::nullopt : std::optional(Unneeded{from, until});
}

} // namespace opsmon::core
