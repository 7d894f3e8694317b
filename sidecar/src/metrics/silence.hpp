#pragma once
// This component provides `Silence`: what nobody could look at when a snapshot was made. What is
// not in the snapshot because of it is unknown, not gone. Assembly fills it, the rules ask it.

#include <set>
#include <string>
#include <vector>

namespace opsmon::metrics {

// One of several that a collector asks, such as one mount or one service, told by the label that
// its series carry.
struct SilentTarget {
    std::string label;
    std::string value;
    std::set<std::string> metrics; // that it shows at other times, or may show
};

struct Silence {
    std::set<std::string> metrics; // of collectors that fail, as far as nobody shows them
    std::vector<SilentTarget> targets;

    [[nodiscard]] bool empty() const { return metrics.empty() && targets.empty(); }
};

} // namespace opsmon::metrics
