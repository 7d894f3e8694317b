#include "history/derived.hpp"

#include "history/stale.hpp"

#include <algorithm>
#include <bit>
#include <limits>

namespace opsmon::history {
namespace {

// How often what nobody sees any more is looked for, in shares of the window.
constexpr TimestampMs kSweepsPerWindow = 64;

bool same_value(double left, double right) {
    return std::bit_cast<std::uint64_t>(left) == std::bit_cast<std::uint64_t>(right);
}

const metrics::Labels& labels_of(const metrics::Labels* labels) {
    return *labels;
}

template <typename Selected>
const metrics::Labels& labels_of(const Selected& selected) {
    return *selected.labels;
}

template <typename Selected>
void join_sorted(std::vector<Selected>& own, std::vector<Selected> derived) {
    if (derived.empty()) {
        return;
    }
    const auto before = [](const Selected& a, const Selected& b) {
        return labels_of(a) < labels_of(b);
    };
    const auto middle = static_cast<std::ptrdiff_t>(own.size());
    own.insert(own.end(), std::make_move_iterator(derived.begin()),
               std::make_move_iterator(derived.end()));
    std::inplace_merge(own.begin(), own.begin() + middle, own.end(), before);
    const auto same = [](const Selected& a, const Selected& b) {
        return labels_of(a) == labels_of(b);
    };
    own.erase(std::unique(own.begin(), own.end(), same), own.end());
}

} // namespace

void DerivedSeries::replace_window(TimestampMs window_ms) {
    limits_.window_ms = window_ms;
    swept_at_ =
        std::numeric_limits<TimestampMs>::max(); // what is too old now goes with the next one
}

void DerivedSeries::append(TimestampMs at, std::span<const metrics::SeriesPoint> points) {
    if (at < last_at_) {
        for (auto& [name, named] : by_name_) {
            for (auto& [labels, runs] : named) {
                forget_from(runs, at);
            }
        }
    }
    last_at_ = at;
    for (const auto& point : points) {
        append_one(at, point);
    }
    if (at < swept_at_ || at - swept_at_ >= limits_.window_ms / kSweepsPerWindow) {
        swept_at_ = at;
        forget_before(at - limits_.window_ms);
    }
    // Rather a shorter window than growth without end.
    for (auto window_ms = limits_.window_ms / 2; runs_ > limits_.runs_max && window_ms > 0;
         window_ms /= 2) {
        forget_before(at - window_ms);
    }
}

void DerivedSeries::append_one(TimestampMs at, const metrics::SeriesPoint& point) {
    auto& named = by_name_[std::string(point.labels.get(metrics::kMetricName))];
    auto found = named.find(point.labels);
    if (found == named.end()) {
        if (series_ >= limits_.series_max || is_stale(point.value)) {
            series_dropped_total_ += is_stale(point.value) ? 0 : 1;
            return;
        }
        found = named.try_emplace(point.labels).first;
        ++series_;
    }
    push(found->second, at, point.value);
}

void DerivedSeries::push(Runs& runs, TimestampMs at, double value) {
    if (!runs.empty() && runs.back().last() >= at) {
        forget_from(runs, at);
    }
    if (!runs.empty() && same_value(runs.back().value, value)) {
        Run& run = runs.back();
        const auto step_ms = at - run.last();
        if (run.count == 1 && step_ms <= std::numeric_limits<std::uint32_t>::max()) {
            run.step_ms = static_cast<std::uint32_t>(step_ms);
            run.count = 2;
            return;
        }
        if (step_ms == run.step_ms && run.count < std::numeric_limits<std::uint32_t>::max()) {
            ++run.count;
            return;
        }
    }
    runs.push_back({at, value, 0, 1});
    ++runs_;
}

void DerivedSeries::forget_from(Runs& runs, TimestampMs at) {
    while (!runs.empty() && runs.back().last() >= at) {
        Run& run = runs.back();
        if (run.first >= at) {
            runs.pop_back();
            --runs_;
        } else {
            run.count = static_cast<std::uint32_t>((at - 1 - run.first) / run.step_ms) + 1;
        }
    }
}

void DerivedSeries::forget_before(TimestampMs oldest) {
    for (auto named = by_name_.begin(); named != by_name_.end();) {
        for (auto series = named->second.begin(); series != named->second.end();) {
            Runs& runs = series->second;
            const auto kept = std::find_if(runs.begin(), runs.end(),
                                           [&](const Run& run) { return run.last() >= oldest; });
            runs_ -= static_cast<std::size_t>(kept - runs.begin());
            runs.erase(runs.begin(), kept);
            if (runs.empty()) {
                series = named->second.erase(series);
                --series_;
            } else {
                ++series;
            }
        }
        named = named->second.empty() ? by_name_.erase(named) : std::next(named);
    }
}

template <typename Visit>
void DerivedSeries::each(std::string_view metric_name, const Filter& filter, Visit visit) const {
    const auto visit_all = [&](const Named& named) {
        for (const auto& [labels, runs] : named) {
            if (filter(labels)) {
                visit(labels, runs);
            }
        }
    };
    if (metric_name.empty()) {
        for (const auto& [name, named] : by_name_) {
            visit_all(named);
        }
    } else if (const auto named = by_name_.find(metric_name); named != by_name_.end()) {
        visit_all(named->second);
    }
}

std::vector<SelectedPoint> DerivedSeries::newest(std::string_view metric_name, const Filter& filter,
                                                 TimestampMs after, TimestampMs until) const {
    std::vector<SelectedPoint> out;
    each(metric_name, filter, [&](const metrics::Labels& labels, const Runs& runs) {
        const auto later =
            std::upper_bound(runs.begin(), runs.end(), until,
                             [](TimestampMs wanted, const Run& run) { return wanted < run.first; });
        if (later == runs.begin()) {
            return;
        }
        const Run& run = *std::prev(later);
        const auto at = run.last() <= until
                            ? run.last()
                            : run.at(static_cast<std::uint32_t>((until - run.first) / run.step_ms));
        if (at > after && !is_stale(run.value)) {
            out.push_back({&labels, {at, run.value}});
        }
    });
    std::sort(out.begin(), out.end(),
              [](const SelectedPoint& a, const SelectedPoint& b) { return *a.labels < *b.labels; });
    return out;
}

std::vector<SelectedRange> DerivedSeries::range_up_to(std::size_t samples_max,
                                                      std::string_view metric_name,
                                                      const Filter& filter, TimestampMs after,
                                                      TimestampMs until) const {
    std::vector<SelectedRange> out;
    std::size_t samples = 0;
    each(metric_name, filter, [&](const metrics::Labels& labels, const Runs& runs) {
        if (samples > samples_max) {
            return;
        }
        SelectedRange found{&labels, {}};
        for (const Run& run : runs) {
            if (run.last() <= after || run.first > until) {
                continue;
            }
            for (std::uint32_t i = 0; i < run.count && run.at(i) <= until; ++i) {
                if (run.at(i) > after) {
                    found.points.push_back({run.at(i), run.value});
                }
            }
        }
        samples += found.points.size();
        if (!found.points.empty()) {
            out.push_back(std::move(found));
        }
    });
    std::sort(out.begin(), out.end(),
              [](const SelectedRange& a, const SelectedRange& b) { return *a.labels < *b.labels; });
    return out;
}

std::vector<const metrics::Labels*> DerivedSeries::series_between(std::string_view metric_name,
                                                                  const Filter& filter,
                                                                  TimestampMs after,
                                                                  TimestampMs until) const {
    std::vector<const metrics::Labels*> out;
    each(metric_name, filter, [&](const metrics::Labels& labels, const Runs& runs) {
        const auto in_it = [&](const Run& run) {
            // Of the moments first, first + step, … the first that is later than `after`.
            const auto skipped =
                run.first > after ? 0 : (after - run.first) / std::max(run.step_ms, 1U) + 1;
            return skipped < run.count && run.at(static_cast<std::uint32_t>(skipped)) <= until;
        };
        if (std::any_of(runs.begin(), runs.end(), in_it)) {
            out.push_back(&labels);
        }
    });
    std::sort(out.begin(), out.end(),
              [](const metrics::Labels* a, const metrics::Labels* b) { return *a < *b; });
    return out;
}

DerivedStats DerivedSeries::stats() const {
    return {series_, runs_, runs_ * sizeof(Run), series_dropped_total_};
}

void join(std::vector<SelectedPoint>& own, std::vector<SelectedPoint> derived) {
    join_sorted(own, std::move(derived));
}

void join(std::vector<SelectedRange>& own, std::vector<SelectedRange> derived) {
    join_sorted(own, std::move(derived));
}

void join(std::vector<const metrics::Labels*>& own, std::vector<const metrics::Labels*> derived) {
    join_sorted(own, std::move(derived));
}

} // namespace opsmon::history
