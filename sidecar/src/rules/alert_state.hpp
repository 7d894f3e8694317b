#pragma once
// This component is the state machine of one alert: inactive → pending → firing → inactive, with
// `for` and `keep_firing_for` as in Prometheus, and "no data is not resolved": what fires is held,
// what is pending starts anew. The engine steps it.
// It is pure: what holds, the rule's times and the moment are arguments.

#include "base/clock.hpp"

#include <optional>

namespace opsmon::rules {

enum class AlertState { Inactive, Pending, Firing };

// What an evaluation says about one alert. Unknown: its source has no data. An evaluation that
// failed says nothing, and no alert is stepped.
enum class Condition { Holds, Gone, Unknown };

struct AlertTiming {
    TimestampMs for_ms = 0;
    TimestampMs keep_firing_for_ms = 0;
};

struct Lifecycle {
    AlertState state = AlertState::Inactive;
    TimestampMs active_at = 0;             // since when the condition holds
    TimestampMs fired_at = 0;              // 0: never
    TimestampMs resolved_at = 0;           // 0: not
    std::optional<TimestampMs> gone_since; // while keep_firing_for keeps it firing

    friend bool operator==(const Lifecycle&, const Lifecycle&) = default;
};

[[nodiscard]] Lifecycle step(Lifecycle alert, Condition condition, const AlertTiming& timing,
                             TimestampMs now);

} // namespace opsmon::rules
