#pragma once
// One tick of the guard's thinking, its second half: from the rung of every volume to what is done
// now. The same road is taken in every mode; where the mode or opsmon.guard_rungs does not let a
// rung act, the deed is left out and the ledger says what would have been done. Nothing is ever
// done on facts that are not of this moment, and to consumers one thing at a time.

#include "core/fence.hpp"
#include "core/guard.hpp"
#include "core/order.hpp"
#include "core/victim.hpp"

namespace opsmon::core {

// What act() needs beside the sample.
struct ActFacts {
    const GuardSettings* settings;
    const PolicyTable* policies; // null: none loaded
    OrderReport report;          // of the newest order
    bool suspended;              // by hand: decide and tell only
    bool fence_by_hand;          // somebody's is up
    TimeUs steady_us;
};

inline constexpr std::uint32_t kSkippedMax = 16;

// A consumer that could not be taken, and until when it is not tried again.
struct Skipped {
    Name slot;
    TimeUs until;
};

// What was told already, so that a decision that stays the same is told once.
struct Told {
    bool checkpoint;
    bool evict;
    Name victim;
    bool discard;
    bool rescue;
    bool reclaimer;
};

struct ActMemory {
    FenceState fence;         // the one that is up
    FenceState told_fence;    // the one that would be
    std::size_t fence_volume; // that demanded it last
    Order order;              // the newest, given or resumed
    Lsn awaited_lsn; // a slot was dropped, and the WAL before this is not gone yet: no further one
    TimeUs discard_again_at;  // when the archive's WAL may be given up after it could not be
    bool order_is_open;       // no report of its end has been seen
    Lsn needed_at_checkpoint; // the oldest WAL needed when a checkpoint was asked for
    Lsn redo_at_checkpoint;   // and where recovery would have begun then
    TimeUs checkpoint_at;
    TimeUs checkpoint_again_at; // when one may be asked for after a refusal
    std::uint32_t skipped_count;
    Skipped skipped[kSkippedMax];
    Told told;
    bool ballast_released[kVolumeKinds]; // and not seen again since
};

// Whom a look at the WAL volume lets be taken, whatever was before it.
enum class Need : std::uint8_t { Nobody, NotTheLast, Anybody };

// What the guard does now.
struct Deeds {
    std::uint32_t fence_bits;
    FenceChange fence_change;
    VolumeKind fence_volume;
    Bytes lift_usable_bytes; // with more than this the fence has no reason
    bool release_ballast[kVolumeKinds];
    Need need;
    bool give_order;
    Order order;
    TimeUs next_look_us;
};

Deeds act(const GuardSample& sample, const ActFacts& facts, ActMemory& memory, EventLog& log);

// Is the fence near enough for consumers that may be taken only before it?
bool fence_is_near(const VolumeVerdict& verdict);

// WAL that is there although nobody but crash recovery needs it: a checkpoint frees it. None when
// it is less than two segments, or not known.
struct Unneeded {
    Lsn from;  // the oldest WAL that is there
    Lsn until; // the oldest that somebody needs
};
std::optional<Unneeded> freed_by_checkpoint(const GuardSample& sample);

} // namespace opsmon::core
