#include "rules/written_series.hpp"

#include "history/stale.hpp"

#include <utility>

namespace opsmon::rules {

std::vector<metrics::SeriesPoint> WrittenSeries::next(std::vector<metrics::SeriesPoint> points) {
    std::set<metrics::Labels> now;
    for (const auto& point : points) {
        now.insert(point.labels);
    }
    for (const auto& labels : std::exchange(written_, now)) {
        if (!now.contains(labels)) {
            points.push_back({labels, history::stale_marker()});
        }
    }
    return points;
}

} // namespace opsmon::rules
