#pragma once
// This component provides `History`, a bounded window of every series in memory: what PromQL reads.
// One thread owns it: it appends each snapshot and evaluates on it. It never reads a clock, keeps
// nothing on disk and knows no query language: a selector hands it a metric name and a predicate.

#include "base/clock.hpp"
#include "history/derived.hpp"
#include "history/source.hpp"
#include "history/stored_series.hpp"
#include "metrics/labels.hpp"

#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace opsmon::history {

// How far back an instant selector looks for a sample, as in Prometheus.
inline constexpr TimestampMs kLookback_ms = 5 * 60 * 1000;

struct Limits {
    TimestampMs window_ms = 6 * 60 * 60 * 1000;
    // The first append of each such slot of time is kept; of later ones only the newest is there.
    TimestampMs interval_ms = 10 * 1000;
    std::size_t bytes_max = 64UL << 20;
    std::size_t series_max = 50'000;
};

struct Stats {
    std::size_t series = 0;
    std::size_t samples = 0;
    std::size_t bytes = 0;                   // allocated: samples, labels and index
    TimestampMs reach_ms = 0;                // from the oldest moment it answers for to the newest
    std::uint64_t series_dropped_total = 0;  // points refused because a limit was reached
    std::uint64_t samples_dropped_total = 0; // given up inside of the window, for want of bytes
};

// Valid until the next append().
struct Selected {
    const metrics::Labels* labels = nullptr;
    TimestampMs at = 0;
    double value = 0;
};

class History final : public Source {
public:
    explicit History(Limits limits = {})
        : limits_(limits), derived_({.window_ms = limits.window_ms}) {}
    History(const History&) = delete;
    History& operator=(const History&) = delete;
    History(History&&) = default;
    History& operator=(History&&) = default;
    ~History() override = default;

    [[nodiscard]] const Limits& limits() const { return limits_; }
    // They count from the next append on. What lives and no longer fits is given up then, the last
    // of a snapshot first, as if it had come when all was full.
    void replace_limits(Limits limits);

    // Everything known at one moment, in groups. A series that was in the previous append and is
    // not in this one ends here with a stale marker, so that a vanished series is gone at once and
    // not after the look-back.
    void append_groups(TimestampMs at,
                       std::span<const std::span<const metrics::SeriesPoint>> groups);
    void append(TimestampMs at, const std::vector<metrics::SeriesPoint>& points);

    // Samples of series that rules write, seen at once and beside those of the snapshots.
    void append_derived(TimestampMs at, std::span<const metrics::SeriesPoint> points) {
        derived_.append(at, points);
    }

    [[nodiscard]] std::vector<SelectedPoint> newest(std::string_view metric_name,
                                                    const Filter& filter, TimestampMs after,
                                                    TimestampMs until) const override;
    [[nodiscard]] std::vector<SelectedRange> range_up_to(std::size_t samples_max,
                                                         std::string_view metric_name,
                                                         const Filter& filter, TimestampMs after,
                                                         TimestampMs until) const override;
    [[nodiscard]] std::vector<const metrics::Labels*>
    series_between(std::string_view metric_name, const Filter& filter, TimestampMs after,
                   TimestampMs until) const override;

    // The highest while nothing was appended.
    [[nodiscard]] TimestampMs begins_at() const override {
        return appends_ == 0 ? std::numeric_limits<TimestampMs>::max() : floor_;
    }

    // The newest sample of each matching series at the moment `at`, ordered by labels. An empty
    // metric name means every metric.
    [[nodiscard]] std::vector<Selected> select(std::string_view metric_name, const Filter& filter,
                                               TimestampMs at) const;

    [[nodiscard]] bool has_data(std::string_view metric_name, TimestampMs at) const;
    [[nodiscard]] Stats stats() const;

private:
    struct Series {
        StoredSeries samples;
        std::uint64_t seen_in = 0;   // the number of an append
        std::size_t order = 0;       // its place in that append
        std::size_t fixed_bytes = 0; // without samples: what stays the same until it goes
        std::size_t index_bytes = 0;
    };
    using SeriesMap = std::unordered_map<metrics::Labels, Series, metrics::LabelsHash>;
    using Entry = SeriesMap::value_type;

    void append_one(TimestampMs at, const metrics::SeriesPoint& point, bool on_tick);
    Entry* find_or_create(const metrics::Labels& labels);
    Entry* create(const metrics::Labels& labels);
    void end_absent_series(TimestampMs at);
    void forget_from(TimestampMs at);
    void forget_old(TimestampMs at);
    [[nodiscard]] bool is_full() const; // for another series
    // Gives up what is oldest until there is room again, as far as there is anything to give up.
    void make_room();
    void give_up_excess();
    void sweep(const std::function<bool(const Series&)>& is_dead);
    void sort_index();
    void count_index(Series& series);
    [[nodiscard]] std::size_t bytes_in_use() const;
    [[nodiscard]] std::size_t other_bytes() const; // without samples
    [[nodiscard]] TimestampMs first_at() const;    // of all blocks
    template <typename Visit>
    void each(std::string_view metric_name, const Filter& filter, Visit visit) const;

    Limits limits_;
    DerivedSeries derived_;
    SampleStore store_;
    SeriesMap series_;
    std::map<std::string, std::vector<Entry*>, std::less<>> by_name_; // each in the order of labels
    std::vector<std::vector<Entry*>*> unsorted_;
    // The series of the last append, and of this one: the next append has them in the same order,
    // which spares looking them up.
    std::vector<Entry*> order_;
    std::vector<Entry*> next_order_;
    std::size_t expected_ = 0;
    std::uint64_t appends_ = 0;
    TimestampMs last_at_ = 0;
    TimestampMs floor_ = 0; // nothing older is told of, even where a block still has it
    TimestampMs swept_at_ = 0;
    bool is_narrower_ = false;
    std::uint64_t swept_in_ = 0;     // the append in which ended series made room
    std::uint64_t made_room_in_ = 0; // the append that found nothing more to give up
    std::size_t label_bytes_ = 0;
    std::size_t index_bytes_ = 0;
    std::uint64_t series_dropped_total_ = 0;
    std::uint64_t samples_dropped_total_ = 0;
};

} // namespace opsmon::history
