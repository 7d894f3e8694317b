#pragma once
// This component decides whether an alert has to be sent to a receiver: it is new, it is over, or
// it is time to say it again. The outbox asks it. Pure, and it says why. Its time is steady: a wall
// clock that is set changes nothing.

#include "base/clock.hpp"
#include "rules/alert.hpp"

#include <optional>

namespace opsmon::notify {

// What the receiver was last told about an alert.
struct Told {
    TimestampMs fired_at = 0; // which incident it was
    SteadyTime at{};          // when it was told
    bool arrived = true; // false: refused for good, and not worth trying again until the repeat
};

struct DedupPolicy {
    bool send_resolved = false;
    TimestampMs repeat_interval_ms = 0;
};

enum class SendReason { Nothing, Firing, Repeat, Resolved };

[[nodiscard]] SendReason reason_to_send(const rules::Alert& alert, const std::optional<Told>& told,
                                        const DedupPolicy& policy, SteadyTime now);

} // namespace opsmon::notify
