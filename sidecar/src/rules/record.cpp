#include "rules/record.hpp"

#include <set>

namespace opsmon::rules {

Result<std::vector<metrics::SeriesPoint>> recorded(const Rule& rule, const promql::Vector& vector) {
    std::vector<metrics::SeriesPoint> out;
    std::set<metrics::Labels> seen;
    for (const auto& sample : vector) {
        metrics::SeriesPoint point{sample.labels, sample.value};
        point.labels.set(metrics::kMetricName, rule.record);
        for (const auto& [name, value] : rule.record_labels) {
            point.labels.set(name, value);
        }
        if (!seen.insert(point.labels).second) {
            return Error{"vector contains metrics with the same labelset after applying rule "
                         "labels"};
        }
        out.push_back(std::move(point));
    }
    return out;
}

} // namespace opsmon::rules
