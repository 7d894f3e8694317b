#pragma once
// This component provides the rules as loaded: checked, with their expressions and templates
// parsed. The loader makes them, the engine evaluates them; nothing in here can be invalid any
// more.

#include "base/clock.hpp"
#include "metrics/labels.hpp"
#include "promql/expression.hpp"
#include "rules/template.hpp"

#include <string>
#include <utility>
#include <vector>

namespace opsmon::rules {

inline constexpr TimestampMs kDefaultInterval_ms = 5000;

using NamedTemplate = std::pair<std::string, Template>;

// An alerting rule, or a recording rule: that has `record` and `record_labels`, and nothing of the
// rest but the expression.
struct Rule {
    std::string alert;
    promql::Expression expr;
    TimestampMs for_ms = 0;
    TimestampMs keep_firing_for_ms = 0;
    std::vector<NamedTemplate> labels = {};
    std::vector<NamedTemplate> annotations = {};
    std::string record = {}; // the name of the series it writes
    std::vector<metrics::Labels::Pair> record_labels = {};
    int line = 0; // where it stands in its file

    [[nodiscard]] bool records() const { return !record.empty(); }
    [[nodiscard]] const std::string& name() const { return records() ? record : alert; }
};

struct Group {
    std::string file;
    std::string name;
    TimestampMs interval_ms = kDefaultInterval_ms;
    std::size_t limit = 0; // alerts or series one rule may have; 0: as many as a query may return
    std::vector<Rule> rules;
    bool has_own_interval = false;
};

} // namespace opsmon::rules
