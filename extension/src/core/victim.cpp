#include "core/victim.hpp"

#include <cstring>

namespace opsmon::core {
namespace {

constexpr std::size_t kCircles = 3;
constexpr Policy kMostExpendableFirst[kCircles] = {Policy::Expendable, Policy::Ask, Policy::Last};

// Everything is compared by segment: WAL is freed in whole ones.
using Segment = std::uint64_t;

std::size_t circle_of(Policy policy) {
    std::size_t circle = 0;
    while (circle < kCircles && kMostExpendableFirst[circle] != policy) {
        ++circle;
    }
    return circle;
}

template <typename T>
void lower_to(T& least, T value) {
    least = value < least ? value : least;
}

bool is_known(const VictimFacts& facts) {
    return facts.retention.current_lsn != kUnknownLsn && facts.retention.segment_bytes != 0;
}

bool was_tried(const Slot& slot, const VictimFacts& facts) {
    for (std::uint32_t i = 0; i < facts.skip_count; ++i) {
        if (facts.skip[i] == slot.index) {
            return true;
        }
    }
    return false;
}

// pg_basebackup makes its own slot under this name.
bool is_of_a_base_backup(const Slot& slot) {
    constexpr char kPrefix[] = "pg_basebackup_";
    return std::strncmp(slot.name.bytes, kPrefix, sizeof(kPrefix) - 1) == 0;
}

Refusal refusal_of_unclassified(const Slot& slot, const PolicyRow& row, const VictimFacts& facts) {
    const Lsn current = facts.retention.current_lsn;
    if (is_of_a_base_backup(slot)) {
        return Refusal::BaseBackup;
    }
    if (consumer_state(slot, current, facts.stall, facts.steady_us) == ConsumerState::Moving) {
        return Refusal::Moving;
    }
    if (row.has_max_retained &&
        retained_bytes(slot, current).value_or(0) <= row.max_retained_bytes) {
        return Refusal::BelowItsLimit;
    }
    return Refusal::None;
}

Refusal refusal_under(const PolicyRow& row, const Slot& slot, const VictimFacts& facts) {
    if (row.policy == Policy::Protect) {
        return Refusal::Protected;
    }
    if (slot.lifetime != SlotLifetime::Persistent) {
        return Refusal::Temporary;
    }
    if (slot.synced) {
        return Refusal::Synced;
    }
    if (retained_bytes(slot, facts.retention.current_lsn).value_or(0) == 0) {
        return Refusal::HoldsNothing;
    }
    if (must_stand(row)) {
        const Refusal refusal = refusal_of_unclassified(slot, row, facts);
        if (refusal != Refusal::None) {
            return refusal;
        }
    }
    if (row.policy == Policy::Last && !facts.fence_is_near) {
        return Refusal::NotYet;
    }
    return was_tried(slot, facts) ? Refusal::TriedAlready : Refusal::None;
}

struct Judgement {
    Refusal refusal;
    Policy policy; // unless it is not known
};

Judgement judge(const Slot& slot, const VictimFacts& facts) {
    if (facts.some_unseen) {
        return {Refusal::OthersUnseen, Policy::Ask};
    }
    if (facts.policies == nullptr || !is_usable(*facts.policies, facts.steady_us)) {
        return {Refusal::PolicyUnknown, Policy::Ask};
    }
    const PolicyRow row = policy_of(*facts.policies, slot.name);
    return {refusal_under(row, slot, facts), row.policy};
}

// The oldest WAL needed by anything that is no slot. Crash recovery needs none here: a checkpoint
// follows every eviction.
Lsn oldest_beside_slots(const VictimFacts& facts) {
    RetentionFacts others = facts.retention;
    others.slot_count = 0;
    return oldest_beside_recovery(others);
}

// One pass over the slots finds the bound, and for each policy the slot that would go first.
class Choice {
public:
    explicit Choice(const VictimFacts& facts)
        : facts_(facts), bound_(segment_of(oldest_beside_slots(facts))) {
        for (std::uint32_t i = 0; i < facts.retention.slot_count; ++i) {
            // Most are no older than the bound: they change nothing and need no judgement.
            if (!holds(i) || segment_at(i) >= bound_) {
                continue;
            }
            const Judgement judgement = judge(slot(i), facts);
            if (judgement.refusal != Refusal::None) {
                bound_ = segment_at(i);
                continue;
            }
            std::optional<std::uint32_t>& first = first_[circle_of(judgement.policy)];
            if (!first || goes_before(slot(i), slot(*first))) {
                first = i;
            }
        }
    }

    // In the smallest circle that frees something: of several in the oldest segment the most
    // expendable.
    std::optional<Victim> find() const {
        std::size_t oldest = 0;
        for (std::size_t circle = 0; circle < kCircles; ++circle) {
            if (oldest_of(circle) < oldest_of(oldest)) {
                oldest = circle;
            }
            Segment outside = bound_;
            for (std::size_t other = circle + 1; other < kCircles; ++other) {
                lower_to(outside, oldest_of(other));
            }
            if (oldest_of(oldest) < outside) {
                return describe(*first_[oldest], kMostExpendableFirst[oldest],
                                outside - oldest_of(oldest));
            }
        }
        return std::nullopt;
    }

private:
    const Slot& slot(std::uint32_t i) const { return facts_.retention.slots[i]; }
    Segment segment_of(Lsn lsn) const { return lsn / facts_.retention.segment_bytes; }
    Segment segment_at(std::uint32_t i) const { return segment_of(slot(i).restart_lsn); }
    bool holds(std::uint32_t i) const {
        return retained_bytes(slot(i), facts_.retention.current_lsn).has_value();
    }
    Segment oldest_of(std::size_t circle) const {
        return first_[circle] ? segment_at(*first_[circle]) : bound_;
    }

    // Who holds more; then by name, so that the order of the server's array decides nothing.
    static bool goes_before(const Slot& a, const Slot& b) {
        if (a.restart_lsn != b.restart_lsn) {
            return a.restart_lsn < b.restart_lsn;
        }
        return std::strncmp(a.name.bytes, b.name.bytes, sizeof(a.name.bytes)) < 0;
    }

    Victim describe(std::uint32_t taken, Policy policy, Segment segments_with_circle) const {
        Lsn others = oldest_beside_slots(facts_);
        for (std::uint32_t i = 0; i < facts_.retention.slot_count; ++i) {
            if (i != taken && holds(i)) {
                lower_to(others, slot(i).restart_lsn);
            }
        }
        const Bytes segment_bytes = facts_.retention.segment_bytes;
        Victim victim{};
        victim.slot = taken;
        victim.policy = policy;
        victim.freed_alone = bytes_between(segment_of(others), segment_at(taken)) * segment_bytes;
        victim.freed_with_circle = segments_with_circle * segment_bytes;
        victim.then_oldest_lsn = others;
        return victim;
    }

    const VictimFacts& facts_;
    Segment bound_; // nothing from here on can be freed by taking slots
    std::optional<std::uint32_t> first_[kCircles]; // that may be taken
};

} // namespace

const char* name_of(Refusal refusal) {
    switch (refusal) {
    case Refusal::None:
        return "may be taken";
    case Refusal::OthersUnseen:
        return "there are more slots than are watched, and any of them may hold as much";
    case Refusal::PolicyUnknown:
        return "the policies of opsmon.consumers are not loaded";
    case Refusal::Protected:
        return "protected";
    case Refusal::Temporary:
        return "temporary: it goes with its session";
    case Refusal::Synced:
        return "synced from the primary";
    case Refusal::HoldsNothing:
        return "holds no WAL";
    case Refusal::BaseBackup:
        return "a base backup uses it";
    case Refusal::Moving:
        return "its consumer takes WAL";
    case Refusal::BelowItsLimit:
        return "holds no more than its max_retained";
    case Refusal::NotYet:
        return "last: only when writes would be stopped otherwise";
    case Refusal::TriedAlready:
        return "could not be taken a moment ago";
    }
    return "";
}

Refusal refusal_of(const Slot& slot, const VictimFacts& facts) {
    return judge(slot, facts).refusal;
}

std::optional<Victim> choose_victim(const VictimFacts& facts) {
    return is_known(facts) ? Choice(facts).find() : std::nullopt;
}

} // namespace opsmon::core
