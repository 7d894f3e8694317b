#pragma once
// This component turns one sample of a rule's result into the labels and annotations of an alert.
// Only the engine uses it.

#include "history/history.hpp"
#include "rules/rule.hpp"

#include <map>
#include <string>

namespace opsmon::rules {

struct Expanded {
    metrics::Labels labels; // the alert's identity
    std::map<std::string, std::string> annotations;
};

[[nodiscard]] Expanded expand(const Rule& rule, const promql::Sample& sample,
                              const history::History& history, TimestampMs now);

} // namespace opsmon::rules
