#include "rules/alert_state.hpp"

#include <algorithm>

namespace opsmon::rules {
namespace {

Lifecycle when_it_holds(Lifecycle alert, const AlertTiming& timing, TimestampMs now) {
    if (alert.state == AlertState::Inactive) {
        alert = Lifecycle{AlertState::Pending, now, 0, 0, std::nullopt};
    }
    alert.gone_since.reset();
    if (alert.state == AlertState::Pending && now - alert.active_at >= timing.for_ms) {
        alert.state = AlertState::Firing;
        alert.fired_at = now;
    }
    return alert;
}

Lifecycle when_it_is_gone(Lifecycle alert, const AlertTiming& timing, TimestampMs now) {
    if (alert.state == AlertState::Pending) {
        return Lifecycle{}; // it never fired: there is nothing to resolve
    }
    if (alert.state != AlertState::Firing) {
        return alert;
    }
    if (timing.keep_firing_for_ms > 0) {
        alert.gone_since = alert.gone_since.value_or(now);
        if (now - *alert.gone_since < timing.keep_firing_for_ms) {
            return alert;
        }
    }
    alert.state = AlertState::Inactive;
    alert.resolved_at = now;
    alert.gone_since.reset();
    return alert;
}

} // namespace

Lifecycle step(Lifecycle alert, Condition condition, const AlertTiming& timing, TimestampMs now) {
    // A clock that was set back must not stretch `for` by the size of its jump.
    alert.active_at = std::min(alert.active_at, now);
    if (alert.gone_since) {
        alert.gone_since = std::min(*alert.gone_since, now);
    }
    switch (condition) {
    case Condition::Holds:
        return when_it_holds(alert, timing, now);
    case Condition::Gone:
        return when_it_is_gone(alert, timing, now);
    case Condition::Unknown:
        // `for` counts only time in which the condition was seen to hold.
        return alert.state == AlertState::Pending ? Lifecycle{} : alert;
    }
    return alert;
}

} // namespace opsmon::rules
