#pragma once
// This component is the commands check-rules and test-rules: what promtool does to rule files, in
// the sidecar. main() calls them. They print their findings and give the exit code of the process.

#include <string>
#include <vector>

namespace opsmon {

struct CheckRules {
    std::vector<std::string> files;
    std::string lint = "warn";        // off, warn, or error: findings are then a failure, too
    std::string time_to_full = {};    // a duration, as it was measured
    std::string sample_interval = {}; // a duration; as long as the sidecar's own by default
};

// 0: all well; 1: a file is faulty; 3: the lint found something, where that is to be a failure.
int check_rules(const CheckRules& what);
int test_rules(const std::vector<std::string>& files);

} // namespace opsmon
