#pragma once
// This component provides an alert as the engine hands it on: firing, or just resolved.
// Notifications read it. Its identity is its label set.

#include "base/clock.hpp"
#include "metrics/labels.hpp"
#include "rules/alert_state.hpp"

#include <map>
#include <string>

namespace opsmon::rules {

struct Alert {
    AlertState state = AlertState::Inactive; // Firing, or Inactive: just resolved
    metrics::Labels labels;                  // with alertname
    std::map<std::string, std::string> annotations;
    double value = 0;
    TimestampMs active_at = 0;
    TimestampMs fired_at = 0;
    TimestampMs resolved_at = 0;    // 0 while it fires
    bool no_data = false;           // its source is silent: the state is the last one known
    std::string generator_url = {}; // where its expression can be looked at; "": not known

    [[nodiscard]] bool firing() const { return state == AlertState::Firing; }
};

} // namespace opsmon::rules
