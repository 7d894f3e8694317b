#pragma once
// This component keeps the alerts of one rule from one evaluation to the next: which are new, which
// go on, which are over, and the series ALERTS and ALERTS_FOR_STATE that say so. The engine has one
// for each alerting rule. It asks no history and reads no clock.

#include "base/clock.hpp"
#include "metrics/labels.hpp"
#include "rules/alert.hpp"
#include "rules/blind.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace opsmon::rules {

// A sidecar that was away for longer than this has not seen what happened: what was pending starts
// anew. The same as Prometheus' rules.alert.for-outage-tolerance.
inline constexpr TimestampMs kOutageTolerance_ms = 60 * 60 * 1000;

struct ActiveAlert {
    Lifecycle life;
    std::map<std::string, std::string> annotations;
    double value = 0;
    bool no_data = false;
    // Until when the process before this one had watched it; nothing once this one has seen it.
    std::optional<TimestampMs> restored_from;
    std::optional<TimestampMs> blind_at = {}; // when nobody could see it last
};

using AlertMap = std::map<metrics::Labels, ActiveAlert>;

class ActiveAlerts {
public:
    // `found` holds labels, annotations and values; what is over comes back.
    [[nodiscard]] std::vector<Alert> apply(AlertMap found, const Sight& sight,
                                           const AlertTiming& timing, TimestampMs now);
    // What was found in the meantime stays found, and is as old as it was.
    void restore(const metrics::Labels& labels, ActiveAlert alert);

    [[nodiscard]] const AlertMap& alerts() const { return alerts_; }
    [[nodiscard]] std::vector<metrics::SeriesPoint> series() const;
    [[nodiscard]] std::vector<Alert> firing() const;

    // Whether any alert has begun, changed its state or ended since this was asked last.
    [[nodiscard]] bool take_changed();

private:
    AlertMap alerts_;
    bool changed_ = false;
};

} // namespace opsmon::rules
