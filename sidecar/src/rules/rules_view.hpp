#pragma once
// This component provides what the engine's rules are and how they fare, as whoever shows them
// reads it: copies, which stay as they are while the rules go on. The engine makes it.

#include "base/clock.hpp"
#include "metrics/labels.hpp"
#include "rules/alert_state.hpp"

#include <map>
#include <string>
#include <vector>

namespace opsmon::rules {

struct AlertView {
    metrics::Labels labels;
    std::map<std::string, std::string> annotations;
    AlertState state = AlertState::Pending;
    TimestampMs active_at = 0;
    TimestampMs keep_firing_since = 0; // 0: its expression holds
    double value = 0;
    bool no_data = false; // its source is silent: the state is the last one known
};

// How the evaluations of a rule went.
struct RuleHealth {
    TimestampMs evaluated_at = 0; // 0: not yet
    double seconds = 0;           // the last one took
    std::string last_error;       // of the last one; empty: it succeeded
};

struct RuleView {
    bool records = false;
    std::string name;
    std::string query;
    TimestampMs for_ms = 0;
    TimestampMs keep_firing_for_ms = 0;
    std::vector<std::pair<std::string, std::string>> labels;      // templates as written
    std::vector<std::pair<std::string, std::string>> annotations; // templates as written
    RuleHealth health;
    std::vector<AlertView> alerts;
};

struct GroupView {
    std::string name;
    std::string file;
    TimestampMs interval_ms = 0;
    std::size_t limit = 0;
    RuleHealth health;
    std::vector<RuleView> rules;
};

} // namespace opsmon::rules
