#pragma once
// This component finds rules that are well written and wrong all the same: they can never fire, or
// do not say what was meant. The command check-rules prints what it finds. It judges by what it
// knows of the metrics, looks at no series and reads no clock.

#include "rules/rule.hpp"

#include <string>
#include <vector>

namespace opsmon::rules {

struct LintFacts {
    TimestampMs time_to_full_ms = 0; // measured: from calm to full at the worst; 0: not known
    // From one sample of a series to the next, where no rule of the files writes it.
    std::int64_t sample_interval_ms = 10'000;
};

struct Finding {
    std::string file;
    int line = 0;
    std::string rule;
    std::string what;
    std::string why;
    std::string instead;

    [[nodiscard]] std::string to_string() const;
};

[[nodiscard]] std::vector<Finding> lint(const std::vector<Group>& groups, const LintFacts& facts);

} // namespace opsmon::rules
