#pragma once
// Is somebody taking the WAL of a slot? Judged by the movement of its position alone, in steady
// time: whether a process is connected proves nothing, and a clock that is set proves less. Used by
// the choice of a victim and by the views; it never decides what is done about it.

#include "core/slot.hpp"

namespace opsmon::core {

struct StallLimits {
    TimeUs time_us;  // opsmon.stall_time
    Bytes wal_bytes; // opsmon.stall_bytes
};

// A logical consumer that answers, but whose position stands still, is believed for this many times
// the stall time.
inline constexpr TimeUs kAnswersBelieved = 10;

enum class ConsumerState : std::uint8_t {
    Moving,  // or nothing to move for
    Stalled, // has not moved for stall_time, all the while stall_bytes of WAL were waiting
    Unused,  // nobody has used it for stall_time, nor moved it since
};

const char* name_of(ConsumerState state);

ConsumerState consumer_state(const Slot& slot, Lsn current, const StallLimits& limits,
                             TimeUs steady_us);

} // namespace opsmon::core
