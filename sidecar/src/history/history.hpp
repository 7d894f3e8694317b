#pragma once
// This component provides `History`, a bounded in-memory window of every series: what PromQL reads.
// One thread owns it: it appends each snapshot and evaluates on it. It never reads a clock, keeps
// nothing on disk and knows no query language: a selector hands it a metric name and a predicate.

#include "base/clock.hpp"
#include "history/source.hpp"
#include "metrics/labels.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace opsmon::history {

// How far back an instant selector looks for a sample, as in Prometheus.
inline constexpr TimestampMs kLookback_ms = 5 * 60 * 1000;

struct Limits {
    // Until ranges are evaluated nothing looks further back than kLookback_ms.
    TimestampMs window_ms = 6 * 60 * 1000;
    std::size_t max_series = 50'000;
};

struct Stats {
    std::size_t series = 0;
    std::uint64_t series_dropped_total = 0; // points refused because `max_series` was reached
};

// Valid until the next append().
struct Selected {
    const metrics::Labels* labels = nullptr;
    TimestampMs at = 0;
    double value = 0;
};

class History final : public Source {
public:
    explicit History(Limits limits = {}) : limits_(limits) {}

    // Everything known at one moment, in groups. A series that was in the previous append and is
    // not in this one ends here with a stale marker, so that a vanished series is gone at once and
    // not after the look-back. A value that stays the same is stored again every 30 seconds, a
    // twelfth of the window.
    void append_groups(TimestampMs at,
                       std::span<const std::span<const metrics::SeriesPoint>> groups);
    void append(TimestampMs at, const std::vector<metrics::SeriesPoint>& points);

    // The newest sample of each matching series at the moment `at`, ordered by labels. An empty
    // metric name means every metric.
    [[nodiscard]] std::vector<Selected> select(std::string_view metric_name, const Filter& filter,
                                               TimestampMs at) const;

    [[nodiscard]] std::vector<SelectedPoint> newest(std::string_view metric_name,
                                                    const Filter& filter, TimestampMs after,
                                                    TimestampMs until) const override;
    [[nodiscard]] std::vector<SelectedRange> range(std::string_view metric_name,
                                                   const Filter& filter, TimestampMs after,
                                                   TimestampMs until) const override;

    [[nodiscard]] bool has_data(std::string_view metric_name, TimestampMs at) const;
    [[nodiscard]] Stats stats() const;
    [[nodiscard]] std::size_t count_samples() const; // looks at every series

private:
    struct Sample {
        TimestampMs at;
        double value;
    };
    struct Series {
        std::vector<Sample> samples;
        std::size_t first = 0; // older ones are out of the window and wait to be cut off together
        std::uint64_t seen_in = 0;
    };
    using SeriesMap = std::unordered_map<metrics::Labels, Series, metrics::LabelsHash>;

    SeriesMap::value_type* find_or_create(const metrics::Labels& labels, bool& swept);
    void append_one(TimestampMs at, const metrics::SeriesPoint& point, bool& swept);
    void end_absent_series(TimestampMs at);
    void forget_from(TimestampMs at);
    void sweep(const std::function<bool(const Series&)>& is_dead);
    static void push(Series& series, Sample sample, TimestampMs oldest);
    static const Sample* newest(const Series& series, TimestampMs at);

    Limits limits_;
    SeriesMap series_;
    std::unordered_map<std::string, std::vector<SeriesMap::value_type*>> by_name_;
    std::uint64_t appends_ = 0;
    TimestampMs last_at_ = 0;
    std::uint64_t series_dropped_total_ = 0;
};

} // namespace opsmon::history
