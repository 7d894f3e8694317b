#include "history/history.hpp"

#include "history/stale.hpp"

#include <algorithm>
#include <array>
#include <bit>

namespace opsmon::history {

namespace {

// By bits: a NaN is the same as itself, and the stale marker is not any other NaN.
bool same_value(double left, double right) {
    return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
}

} // namespace

void History::append(TimestampMs at, const std::vector<metrics::SeriesPoint>& points) {
    const std::array<std::span<const metrics::SeriesPoint>, 1> groups = {points};
    append_groups(at, groups);
}

void History::append_groups(TimestampMs at,
                            std::span<const std::span<const metrics::SeriesPoint>> groups) {
    if (appends_ > 0 && at <= last_at_) {
        forget_from(at); // the clock was set back: what lies ahead of it never happened
    }
    ++appends_;
    last_at_ = at;
    bool swept = false;
    for (const auto& points : groups) {
        for (const metrics::SeriesPoint& point : points) {
            append_one(at, point, swept);
        }
    }
    end_absent_series(at);
    const auto oldest = at - limits_.window_ms;
    sweep([oldest](const Series& series) {
        return series.samples.empty() || series.samples.back().at < oldest;
    });
}

void History::append_one(TimestampMs at, const metrics::SeriesPoint& point, bool& swept) {
    auto* entry = find_or_create(point.labels, swept);
    if (entry == nullptr) {
        ++series_dropped_total_;
        return;
    }
    Series& series = entry->second;
    if (series.seen_in == appends_) {
        return; // a duplicate within one snapshot: the first one counts
    }
    series.seen_in = appends_;
    const bool known = !series.samples.empty() &&
                       same_value(series.samples.back().value, point.value) &&
                       at - series.samples.back().at < limits_.window_ms / 12;
    if (!known) {
        push(series, {at, point.value}, at - limits_.window_ms);
    }
}

std::vector<Selected> History::select(std::string_view metric_name, const Filter& filter,
                                      TimestampMs at) const {
    std::vector<Selected> out;
    const auto consider = [&](const SeriesMap::value_type& entry) {
        const auto* sample = newest(entry.second, at);
        if (sample != nullptr && filter(entry.first)) {
            out.push_back({&entry.first, sample->at, sample->value});
        }
    };
    if (metric_name.empty()) {
        std::for_each(series_.begin(), series_.end(), consider);
    } else if (const auto named = by_name_.find(std::string(metric_name));
               named != by_name_.end()) {
        for (const auto* entry : named->second) {
            consider(*entry);
        }
    }
    std::sort(out.begin(), out.end(),
              [](const Selected& a, const Selected& b) { return *a.labels < *b.labels; });
    return out;
}

std::vector<SelectedPoint> History::newest(std::string_view metric_name, const Filter& filter,
                                           TimestampMs after, TimestampMs until) const {
    std::vector<SelectedPoint> out;
    for (const auto& selected : select(metric_name, filter, until)) {
        if (selected.at > after) {
            out.push_back({selected.labels, {selected.at, selected.value}});
        }
    }
    return out;
}

std::vector<SelectedRange> History::range(std::string_view metric_name, const Filter& filter,
                                          TimestampMs after, TimestampMs until) const {
    std::vector<SelectedRange> out;
    for (const auto& [labels, series] : series_) {
        if ((!metric_name.empty() && labels.get(metrics::kMetricName) != metric_name) ||
            !filter(labels)) {
            continue;
        }
        SelectedRange found{&labels, {}};
        for (std::size_t i = series.first; i < series.samples.size(); ++i) {
            if (series.samples[i].at > after && series.samples[i].at <= until) {
                found.points.push_back({series.samples[i].at, series.samples[i].value});
            }
        }
        if (!found.points.empty()) {
            out.push_back(std::move(found));
        }
    }
    std::sort(out.begin(), out.end(),
              [](const SelectedRange& a, const SelectedRange& b) { return *a.labels < *b.labels; });
    return out;
}

bool History::has_data(std::string_view metric_name, TimestampMs at) const {
    const auto named = by_name_.find(std::string(metric_name));
    return named != by_name_.end() &&
           std::any_of(named->second.begin(), named->second.end(),
                       [at](const auto* entry) { return newest(entry->second, at) != nullptr; });
}

Stats History::stats() const {
    Stats stats;
    stats.series = series_.size();
    stats.series_dropped_total = series_dropped_total_;
    return stats;
}

std::size_t History::count_samples() const {
    std::size_t count = 0;
    for (const auto& [labels, series] : series_) {
        count += series.samples.size() - series.first;
    }
    return count;
}

History::SeriesMap::value_type* History::find_or_create(const metrics::Labels& labels,
                                                        bool& swept) {
    if (const auto found = series_.find(labels); found != series_.end()) {
        return &*found;
    }
    if (series_.size() >= limits_.max_series && !swept) {
        // Series that have ended make room for living ones, or a churn of names would blind us.
        swept = true;
        sweep([](const Series& series) {
            return series.samples.empty() || is_stale(series.samples.back().value);
        });
    }
    if (series_.size() >= limits_.max_series) {
        return nullptr;
    }
    auto& entry = *series_.try_emplace(labels).first;
    by_name_[std::string(labels.get(metrics::kMetricName))].push_back(&entry);
    return &entry;
}

void History::end_absent_series(TimestampMs at) {
    for (auto& [labels, series] : series_) {
        if (series.seen_in != appends_ && !series.samples.empty() &&
            !is_stale(series.samples.back().value)) {
            push(series, {at, stale_marker()}, at - limits_.window_ms);
        }
    }
}

void History::forget_from(TimestampMs at) {
    for (auto& [labels, series] : series_) {
        auto& samples = series.samples;
        while (samples.size() > series.first && samples.back().at >= at) {
            samples.pop_back();
        }
        if (samples.size() == series.first) {
            samples.clear();
            series.first = 0;
        }
    }
}

void History::sweep(const std::function<bool(const Series&)>& is_dead) {
    for (auto& [name, entries] : by_name_) {
        std::erase_if(entries, [&](const auto* entry) { return is_dead(entry->second); });
    }
    std::erase_if(by_name_, [](const auto& named) { return named.second.empty(); });
    std::erase_if(series_, [&](const auto& entry) { return is_dead(entry.second); });
}

void History::push(Series& series, Sample sample, TimestampMs oldest) {
    auto& samples = series.samples;
    samples.push_back(sample);
    while (samples[series.first].at < oldest) {
        ++series.first; // ends at the sample just pushed, which is inside the window
    }
    if (series.first > samples.size() / 2) {
        samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(series.first));
        series.first = 0;
    }
}

const History::Sample* History::newest(const Series& series, TimestampMs at) {
    const auto first = series.samples.begin() + static_cast<std::ptrdiff_t>(series.first);
    const auto after =
        std::upper_bound(first, series.samples.end(), at,
                         [](TimestampMs wanted, const Sample& s) { return wanted < s.at; });
    if (after == first) {
        return nullptr;
    }
    const auto& sample = *std::prev(after);
    return sample.at < at - kLookback_ms || is_stale(sample.value) ? nullptr : &sample;
}

} // namespace opsmon::history
