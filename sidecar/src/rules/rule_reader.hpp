#pragma once
// This component reads one rule of a rule file: a mapping of the YAML becomes a checked `Rule`.
// The loader of rule files uses it; what is wrong goes to the faults of the file.

#include "config/faults.hpp"
#include "config/section.hpp"
#include "rules/rule.hpp"

#include <optional>

namespace opsmon::rules {

inline constexpr std::size_t kMaxNameBytes = 256;

// Takes the keys without a value out of a mapping: to Prometheus they are as good as not there.
void drop_empty_keys(YAML::Node node); // nodes are shared, as pointers are

// Nothing for what is no duration: the faults say so.
[[nodiscard]] std::optional<TimestampMs> read_duration(config::Section& section, const char* key,
                                                       config::Faults& faults);

// Nothing where the rule is faulty: the faults say why.
[[nodiscard]] std::optional<Rule> read_rule(config::Section& section, const YAML::Node& node,
                                            config::Faults& faults);

} // namespace opsmon::rules
