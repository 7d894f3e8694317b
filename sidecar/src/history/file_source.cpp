#include "history/file_source.hpp"

#include "history/stale.hpp"

#include <algorithm>
#include <utility>

namespace opsmon::history {
namespace {

// The first point later than `at`.
auto later_than(const std::vector<Point>& points, TimestampMs at) {
    return std::upper_bound(
        points.begin(), points.end(), at,
        [](TimestampMs wanted, const Point& point) { return wanted < point.at; });
}

} // namespace

FileSource::FileSource(std::vector<Series> series) : series_(std::move(series)) {
    std::sort(series_.begin(), series_.end(),
              [](const Series& left, const Series& right) { return left.labels < right.labels; });
    for (std::size_t i = 0; i < series_.size(); ++i) {
        by_name_[std::string(series_[i].labels.get(metrics::kMetricName))].push_back(i);
    }
}

template <typename Visit>
void FileSource::each(std::string_view metric_name, const Filter& filter, Visit visit) const {
    const auto consider = [&](const Series& series) {
        if (filter(series.labels)) {
            visit(series);
        }
    };
    if (metric_name.empty()) {
        std::for_each(series_.begin(), series_.end(), consider);
    } else if (const auto named = by_name_.find(std::string(metric_name));
               named != by_name_.end()) {
        for (const std::size_t i : named->second) {
            consider(series_[i]);
        }
    }
}

std::vector<SelectedPoint> FileSource::newest(std::string_view metric_name, const Filter& filter,
                                              TimestampMs after, TimestampMs until) const {
    std::vector<SelectedPoint> out;
    each(metric_name, filter, [&](const Series& series) {
        const auto end = later_than(series.points, until);
        if (end == series.points.begin()) {
            return;
        }
        const Point& point = *std::prev(end);
        if (point.at > after && !is_stale(point.value)) {
            out.push_back({&series.labels, point});
        }
    });
    return out;
}

std::vector<SelectedRange> FileSource::range_up_to(std::size_t samples_max,
                                                   std::string_view metric_name,
                                                   const Filter& filter, TimestampMs after,
                                                   TimestampMs until) const {
    std::vector<SelectedRange> out;
    std::size_t samples = 0;
    each(metric_name, filter, [&](const Series& series) {
        const auto begin = later_than(series.points, after);
        const auto end = later_than(series.points, std::max(after, until));
        if (begin != end && samples <= samples_max) {
            out.push_back({&series.labels, {begin, end}});
            samples += out.back().points.size();
        }
    });
    return out;
}

std::vector<const metrics::Labels*> FileSource::series_between(std::string_view metric_name,
                                                               const Filter& filter,
                                                               TimestampMs after,
                                                               TimestampMs until) const {
    std::vector<const metrics::Labels*> out;
    each(metric_name, filter, [&](const Series& series) {
        if (later_than(series.points, after) != later_than(series.points, std::max(after, until))) {
            out.push_back(&series.labels);
        }
    });
    return out;
}

} // namespace opsmon::history
