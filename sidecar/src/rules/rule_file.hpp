#pragma once
// This component loads rule files in Prometheus' format and checks them whole: keys, names,
// expressions, templates, limits. All faults of all files are reported at once, as
// `file:line: key: what`. What it accepts Prometheus loads, too.

#include "base/result.hpp"
#include "rules/rule.hpp"

#include <string>
#include <vector>

namespace opsmon::rules {

inline constexpr std::size_t kMaxRules = 1000;

// The text of one file; faults are told under the name `path`.
[[nodiscard]] Result<std::vector<Group>> read_rule_file(const std::string& path,
                                                        const std::string& text);
[[nodiscard]] Result<std::vector<Group>> load_rule_files(const std::vector<std::string>& paths);

} // namespace opsmon::rules
