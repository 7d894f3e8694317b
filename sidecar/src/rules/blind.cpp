#include "rules/blind.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::rules {
namespace {

bool was_seen(const metrics::SilentTarget& target, const std::string& metric,
              const history::History& history, TimestampMs now) {
    const auto may_be_its_own = [&](const metrics::Labels& labels) {
        const auto value = labels.get(target.label);
        return value.empty() || value == target.value;
    };
    return !history.series_between(metric, may_be_its_own, 0, now).empty();
}

} // namespace

bool Sight::is_blind_to(const metrics::Labels& alert, bool restored) const {
    return blind || std::any_of(spots.begin(), spots.end(), [&](const BlindSpot& spot) {
               const auto value = spot.label.empty() ? "" : alert.get(spot.label);
               return value.empty() ? spot.was_seen || restored : value == spot.value;
           });
}

Sight look(const promql::Expression& expr, const history::History& history, TimestampMs now,
           const metrics::Silence& silence, const std::function<bool(std::string_view)>& hides) {
    Sight out;
    out.blind =
        std::any_of(silence.metrics.begin(), silence.metrics.end(), [&](const std::string& metric) {
            // A failing collector may still report some of its metrics.
            return expr.may_read(metric) && !history.has_data(metric, now);
        });
    for (const metrics::SilentTarget& target : silence.targets) {
        bool is_read = false;
        bool seen = false;
        for (const std::string& metric : target.metrics) {
            if (expr.may_read(metric, target.label, target.value)) {
                is_read = true;
                seen = seen || was_seen(target, metric, history, now);
            }
        }
        if (is_read) {
            const bool hidden = expr.may_write(target.label) || hides(target.label);
            out.spots.push_back({hidden ? "" : target.label, target.value, seen});
        }
    }
    return out;
}

Sight after_silence(const Sight& before) {
    Sight out = before;
    if (std::exchange(out.blind, false)) {
        out.spots.push_back({"", "", true});
    }
    return out;
}

void add_silence(metrics::Silence& silence, const Sight& sight, const std::string& recorded) {
    if (sight.blind) {
        silence.metrics.insert(recorded);
    }
    for (const BlindSpot& spot : sight.spots) {
        silence.targets.push_back({spot.label, spot.value, {recorded}});
    }
}

} // namespace opsmon::rules
