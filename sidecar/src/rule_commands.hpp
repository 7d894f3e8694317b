#pragma once
// This component is the commands check-rules and test-rules: what promtool does to rule files, in
// the sidecar. main() calls them. They print their findings and give the exit code of the process.

#include <string>
#include <vector>

namespace opsmon {

int check_rules(const std::vector<std::string>& files);
int test_rules(const std::vector<std::string>& files);

} // namespace opsmon
