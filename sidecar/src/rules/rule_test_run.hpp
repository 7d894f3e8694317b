#pragma once
// This component runs unit tests of rules: it feeds the series of a test to the rules, moment by
// moment, and compares what fires and what queries give with what is expected. The command
// test-rules prints what it says. It reads no clock and no file.

#include "rules/rule.hpp"
#include "rules/rule_tests.hpp"

#include <string>
#include <vector>

namespace opsmon::rules {

// What went otherwise than expected, one text each, with the line of the case; none: all passed.
[[nodiscard]] std::vector<std::string> run_rule_tests(const RuleTests& tests,
                                                      const std::vector<Group>& groups);

} // namespace opsmon::rules
