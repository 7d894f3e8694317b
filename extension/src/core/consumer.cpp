#include "core/consumer.hpp"

namespace opsmon::core {
namespace {

// Not since its last movement alone: who had nothing to take for an hour, and then a lot within a
// second, has stood still for a second. Positions move at status intervals only, which no burst
// waits for.
TimeUs standing_us(const Slot& slot, TimeUs steady_us) {
    const TimeUs since = slot.last_progress_steady_us > slot.overdue_since_steady_us
                             ? slot.last_progress_steady_us
                             : slot.overdue_since_steady_us;
    return steady_us - since;
}

bool is_stalled(const Slot& slot, Lsn current, const StallLimits& limits, TimeUs steady_us) {
    const std::optional<Bytes> written = wal_since_progress_bytes(slot, current);
    return standing_us(slot, steady_us) >= limits.time_us && written &&
           *written >= limits.wal_bytes;
}

// Whose position somebody else moves (a cluster manager advances the slots of members that are
// away) is not unused, though no process is ever seen at it.
bool is_unused(const Slot& slot, const StallLimits& limits, TimeUs steady_us) {
    return slot.active_pid == 0 && steady_us - slot.inactive_since_steady_us >= limits.time_us &&
           slot.last_progress_steady_us <= slot.inactive_since_steady_us;
}

// A logical consumer confirms at the end of a transaction only, and one can be large: while it
// answers it is believed, but not for ever, because one that waits for a lock answers too.
bool is_answering(const Slot& slot, const StallLimits& limits, TimeUs steady_us) {
    return slot.logical && slot.active_pid != 0 && slot.last_reply_steady_us != 0 &&
           steady_us - slot.last_reply_steady_us < limits.time_us &&
           standing_us(slot, steady_us) < kAnswersBelieved * limits.time_us;
}

} // namespace

const char* name_of(ConsumerState state) {
    switch (state) {
    case ConsumerState::Moving:
        return "moving";
    case ConsumerState::Stalled:
        return "stalled";
    case ConsumerState::Unused:
        return "unused";
    }
    return "";
}

ConsumerState consumer_state(const Slot& slot, Lsn current, const StallLimits& limits,
                             TimeUs steady_us) {
    if (slot.last_progress_steady_us == 0) {
        return ConsumerState::Moving; // never looked at before: nothing is known of it
    }
    if (is_answering(slot, limits, steady_us)) {
        return ConsumerState::Moving;
    }
    if (is_stalled(slot, current, limits, steady_us)) {
        return ConsumerState::Stalled;
    }
    return is_unused(slot, limits, steady_us) ? ConsumerState::Unused : ConsumerState::Moving;
}

} // namespace opsmon::core
