#include "config/sections.hpp"

#include <algorithm>

#include "base/duration.hpp"

namespace opsmon::config {

using namespace std::chrono_literals;

Collect read_collect(Section section, const Context& context) {
    const auto interval = section.duration("interval", {1s, 1h});
    const auto timeout = section.duration("timeout", {100ms, 1min});
    section.finish();
    Collect out;
    out.interval = value_or(interval, out.interval);
    // Below the interval, so that a cycle that fails by time-out still ends before the next is due.
    out.timeout = value_or(timeout, std::min(out.timeout, out.interval * 4 / 5));
    if (out.timeout >= out.interval) {
        context.faults->add(timeout->line, "collect.timeout",
                            "must be less than collect.interval, which is " +
                                format_duration(out.interval));
    }
    return out;
}

} // namespace opsmon::config
