// How the history is read; history.cpp is how it is written.

#include "history/history.hpp"

#include "history/stale.hpp"

#include <algorithm>

namespace opsmon::history {

template <typename Visit>
void History::each(std::string_view metric_name, const Filter& filter, Visit visit) const {
    const auto consider = [&](const Entry* entry) {
        if (filter(entry->first)) {
            visit(*entry);
        }
    };
    if (!metric_name.empty()) {
        const auto named = by_name_.find(metric_name);
        if (named != by_name_.end()) {
            std::for_each(named->second.begin(), named->second.end(), consider);
        }
        return;
    }
    std::vector<const Entry*> entries;
    entries.reserve(series_.size());
    for (const Entry& entry : series_) {
        entries.push_back(&entry);
    }
    std::sort(entries.begin(), entries.end(),
              [](const Entry* left, const Entry* right) { return left->first < right->first; });
    std::for_each(entries.begin(), entries.end(), consider);
}

std::vector<SelectedPoint> History::newest(std::string_view metric_name, const Filter& filter,
                                           TimestampMs after, TimestampMs until) const {
    std::vector<SelectedPoint> out;
    const TimestampMs oldest = std::max(after + 1, floor_);
    each(metric_name, filter, [&](const Entry& entry) {
        const auto point = entry.second.samples.newest(store_, until);
        if (point && point->at >= oldest && !is_stale(point->value)) {
            out.push_back({&entry.first, *point});
        }
    });
    join(out, derived_.newest(metric_name, filter, after, until));
    return out;
}

std::vector<SelectedRange> History::range_up_to(std::size_t samples_max,
                                                std::string_view metric_name, const Filter& filter,
                                                TimestampMs after, TimestampMs until) const {
    std::vector<SelectedRange> out;
    const TimestampMs later_than = std::max(after, floor_ - 1);
    std::size_t samples = 0;
    each(metric_name, filter, [&](const Entry& entry) {
        if (samples > samples_max) {
            return;
        }
        std::vector<Point> points;
        entry.second.samples.collect(store_, later_than, until, points);
        samples += points.size();
        if (!points.empty()) {
            out.push_back({&entry.first, std::move(points)});
        }
    });
    if (samples <= samples_max) {
        join(out, derived_.range_up_to(samples_max - samples, metric_name, filter, after, until));
    }
    return out;
}

std::vector<const metrics::Labels*> History::series_between(std::string_view metric_name,
                                                            const Filter& filter, TimestampMs after,
                                                            TimestampMs until) const {
    std::vector<const metrics::Labels*> out;
    const TimestampMs oldest = std::max(after + 1, floor_);
    each(metric_name, filter, [&](const Entry& entry) {
        const auto point = entry.second.samples.newest(store_, until);
        if (point && point->at >= oldest) {
            out.push_back(&entry.first);
        }
    });
    join(out, derived_.series_between(metric_name, filter, after, until));
    return out;
}

std::vector<Selected> History::select(std::string_view metric_name, const Filter& filter,
                                      TimestampMs at) const {
    std::vector<Selected> out;
    for (const auto& [labels, point] : newest(metric_name, filter, at - kLookback_ms - 1, at)) {
        out.push_back({labels, point.at, point.value});
    }
    return out;
}

bool History::has_data(std::string_view metric_name, TimestampMs at) const {
    const auto named = by_name_.find(metric_name);
    const auto has_point = [&](const Entry* entry) {
        const auto point = entry->second.samples.newest(store_, at);
        return point && point->at >= std::max(at - kLookback_ms, floor_) && !is_stale(point->value);
    };
    if (named != by_name_.end() &&
        std::any_of(named->second.begin(), named->second.end(), has_point)) {
        return true;
    }
    const auto all = [](const metrics::Labels&) { return true; };
    return !derived_.newest(metric_name, all, at - kLookback_ms - 1, at).empty();
}

Stats History::stats() const {
    Stats out;
    out.series = series_.size();
    out.samples = store_.samples;
    out.bytes = store_.blocks.allocated_bytes() + other_bytes();
    out.reach_ms = appends_ == 0 ? 0 : last_at_ - floor_;
    out.series_dropped_total = series_dropped_total_;
    out.samples_dropped_total = samples_dropped_total_;
    const DerivedStats derived = derived_.stats();
    out.series += derived.series;
    out.bytes += derived.bytes;
    out.series_dropped_total += derived.series_dropped_total;
    return out;
}

std::size_t History::other_bytes() const {
    return label_bytes_ + index_bytes_ + store_.ticks.bytes();
}

std::size_t History::bytes_in_use() const {
    return store_.blocks.used_bytes() + other_bytes();
}

TimestampMs History::first_at() const {
    TimestampMs out = last_at_;
    for (const auto& [labels, series] : series_) {
        out = std::min(out, series.samples.first_block_at(store_).value_or(out));
    }
    return out;
}

} // namespace opsmon::history
