#pragma once
// This component turns one sample of a rule's result into the labels and annotations of an alert.
// Only the engine uses it.

#include "history/history.hpp"
#include "rules/rule.hpp"
#include "rules/template_regex.hpp"

#include <map>
#include <string>

namespace opsmon::rules {

struct Expanded {
    metrics::Labels labels; // the alert's identity
    std::map<std::string, std::string> annotations;
};

// What the templates of all rules know besides: labels and the address of the installation.
struct External {
    std::map<std::string, std::string> labels;
    std::string url;
};

[[nodiscard]] Expanded expand(const Rule& rule, const promql::Sample& sample,
                              const history::History& history, TimestampMs now,
                              const External& external, TemplateRegexes& regexes);

} // namespace opsmon::rules
