#include "core/plan.hpp"

namespace opsmon::core {
namespace {

constexpr std::size_t index_of(Rung rung) {
    return static_cast<std::size_t>(rung);
}

// Further ones are left out: by then everybody knows.
constexpr std::uint32_t kEvictionsShownMax = 20;

class Planner {
public:
    Planner(GuardSample& sample, const PlanFacts& facts, PlanStep* steps, std::uint32_t capacity)
        : sample_(sample),
          facts_(facts),
          settings_(*facts.settings),
          steps_(steps),
          capacity_(capacity) {}

    std::uint32_t run() {
        // Who is kept is judged by what is there now, not by what is left after the evictions.
        find_kept();
        add_checkpoint();
        add_evictions(/* fence_is_near */ false);
        add_evictions(/* fence_is_near */ true);
        add_discard();
        if (!sample_.wal.in_recovery) { // on a standby nobody writes whom it could stop
            add(step(Rung::Fence, Action::Fence));
        }
        add_ballast();
        add_kept();
        return count_;
    }

private:
    const VolumeVerdict& verdict() const { return sample_.verdicts[kWalVolume]; }

    PlanStep step(Rung rung, Action action) const {
        PlanStep made{};
        made.rung = rung;
        made.action = action;
        // Consumers and checkpoints need the facts of this look; a fence is held for a while.
        made.due = (rung < Rung::Fence ? verdict().demanded : verdict().rung) >= rung;
        made.acts = settings_.mode == GuardMode::Enforce && !facts_.suspended &&
                    settings_.rung_acts[index_of(rung)];
        return made;
    }

    void add(const PlanStep& made) {
        if (count_ < capacity_) {
            steps_[count_++] = made;
        }
    }

    VictimFacts victim_facts(bool fence_is_near) const {
        VictimFacts facts{};
        facts.retention = retention_facts(sample_);
        facts.stall = settings_.stall;
        facts.policies = facts_.policies;
        facts.steady_us = facts_.steady_us;
        facts.fence_is_near = fence_is_near;
        facts.some_unseen = sample_.slots_omitted > 0;
        return facts;
    }

    void add_checkpoint() {
        if (const std::optional<Unneeded> unneeded = freed_by_checkpoint(sample_)) {
            PlanStep made = step(Rung::Relieve, Action::Checkpoint);
            made.freed_bytes = bytes_between(unneeded->until, unneeded->from);
            add(made);
        }
    }

    void add_evictions(bool near) {
        while (count_ < capacity_) {
            if (evictions_ == kEvictionsShownMax) {
                is_cut_ = true;
                return;
            }
            const std::optional<Victim> victim = choose_victim(victim_facts(near));
            if (!victim) {
                return;
            }
            Slot& slot = sample_.slots[victim->slot];
            PlanStep made = step(Rung::Evict, Action::Evict);
            made.due = made.due && (!near || fence_is_near(verdict())) && is_not_enough_yet();
            made.target = slot.name;
            made.policy = victim->policy;
            made.freed_bytes = victim->freed_alone;
            add(made);
            freed_ += victim->freed_alone;
            ++evictions_;
            // As if it were gone.
            slot.restart_lsn = kUnknownLsn;
            slot.wal = SlotWal::NeverReserved;
        }
    }

    // What comes after the first eviction depends on what that frees; a forecast cannot be told
    // beforehand, the bytes can.
    bool is_not_enough_yet() const {
        return evictions_ == 0 || verdict().usable_bytes + freed_ <
                                      verdict().thresholds.free_bytes[index_of(Rung::Evict)];
    }

    void add_discard() {
        if (settings_.discard_archive && sample_.archiver_stuck) {
            PlanStep made = step(Rung::Evict, Action::DiscardArchive);
            made.due = made.due && fence_is_near(verdict());
            add(made);
        }
    }

    void add_ballast() {
        if (sample_.ballast_bytes[kWalVolume]) {
            PlanStep made = step(Rung::Rescue, Action::BallastReleased);
            made.freed_bytes = sample_.ballast_bytes[kWalVolume];
            add(made);
        }
    }

    void find_kept() {
        const VictimFacts facts = victim_facts(/* fence_is_near */ true);
        for (std::uint32_t i = 0; i < sample_.slot_count; ++i) {
            kept_[i] = refusal_of(sample_.slots[i], facts);
        }
    }

    // Slots that could be taken but never came up in the plan would free nothing.
    void add_kept() {
        for (std::uint32_t i = 0; i < sample_.slot_count; ++i) {
            const Slot& slot = sample_.slots[i];
            const bool was_taken = kept_[i] == Refusal::None && slot.restart_lsn == kUnknownLsn;
            const bool might_follow = kept_[i] == Refusal::None && is_cut_;
            if (was_taken || might_follow || kept_[i] == Refusal::HoldsNothing) {
                continue;
            }
            PlanStep made = step(Rung::Evict, Action::Evict);
            made.keeps = true;
            made.refusal = kept_[i];
            made.target = slot.name;
            made.due = false;
            made.acts = false;
            add(made);
        }
    }

    GuardSample& sample_;
    const PlanFacts& facts_;
    const GuardSettings& settings_;
    PlanStep* steps_;
    std::uint32_t capacity_;
    std::uint32_t count_ = 0;
    std::uint32_t evictions_ = 0;
    Bytes freed_ = 0;
    bool is_cut_ = false;
    Refusal kept_[kSlotsMax] = {};
};

} // namespace

std::uint32_t make_plan(GuardSample& sample, const PlanFacts& facts, PlanStep* steps,
                        std::uint32_t capacity) {
    return Planner(sample, facts, steps, capacity).run();
}

} // namespace opsmon::core
