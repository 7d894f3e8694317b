#pragma once
// Which consumer would be taken, and why each of the others would not. Pure: facts of one look, the
// policies people set, and how near the end is; the same input always gives the same answer. Used
// by the guard, by the dry run (opsmon.guard_plan) and, for its refusals, by opsmon.evict().
//
// Dropping a slot frees WAL only down to the next oldest holder; crash recovery is none, because a
// checkpoint follows every eviction. So nobody is taken unless taking
// every slot that may be taken frees at least a segment; then the smallest circle of policies that
// does is used, and in it the slot that holds the oldest WAL.

#include "core/consumer.hpp"
#include "core/policy.hpp"
#include "core/retention.hpp"

namespace opsmon::core {

struct VictimFacts {
    RetentionFacts retention;
    StallLimits stall;
    const PolicyTable* policies; // null: none loaded
    TimeUs steady_us;
    bool fence_is_near; // `last` may be taken
    bool some_unseen;   // there are more slots than are watched: any of them may hold as much
    // Slots (by Slot::index, which stays theirs from look to look) that could not be taken a moment
    // ago: not tried again for a while.
    const std::uint32_t* skip;
    std::uint32_t skip_count;
};

// Why a slot may not be taken, in the order of precedence. None: it may.
enum class Refusal : std::uint8_t {
    None,
    OthersUnseen,  // what would be freed is not known
    PolicyUnknown, // no policy loaded, or too old
    Protected,     // people said so
    Temporary,     // goes with its session, or is only being made
    Synced,        // belongs to the primary
    HoldsNothing,
    BaseBackup,    // made by pg_basebackup for itself (policy ask)
    Moving,        // somebody takes its WAL (policy ask)
    BelowItsLimit, // holds less than its max_retained (policy ask)
    NotYet,        // policy last, and a fence is not near
    TriedAlready,
};

const char* name_of(Refusal refusal);

// Whether policy and facts allow taking it, before the question whether it would free anything.
Refusal refusal_of(const Slot& slot, const VictimFacts& facts);

struct Victim {
    std::uint32_t slot; // index into the facts' slots
    Policy policy;
    Bytes freed_alone;       // its marginal bytes
    Bytes freed_with_circle; // by all that may be taken for the same reason
    Lsn then_oldest_lsn;     // the oldest WAL still needed when it alone is gone
};

std::optional<Victim> choose_victim(const VictimFacts& facts);

} // namespace opsmon::core
