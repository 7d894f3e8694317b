#pragma once
// This component keeps the series that rules write: what they record, and the state of their
// alerts. Beside the series of the collectors, because they come at other moments: the next
// snapshot does not end them, their writer does, with a stale marker. Later rules see them at once.
// Samples are exact; what stays the same, as most of them do, costs nothing. It never reads a
// clock.

#include "history/source.hpp"
#include "metrics/labels.hpp"

#include <cstdint>
#include <map>
#include <span>
#include <vector>

namespace opsmon::history {

struct DerivedLimits {
    TimestampMs window_ms = 6 * 60 * 60 * 1000;
    std::size_t series_max = 50'000;
    std::size_t runs_max = 500'000; // of 24 bytes
};

struct DerivedStats {
    std::size_t series = 0;
    std::size_t runs = 0;
    std::size_t bytes = 0;                  // of samples; labels are not counted
    std::uint64_t series_dropped_total = 0; // points refused because a limit was reached
};

class DerivedSeries final : public Source {
public:
    explicit DerivedSeries(DerivedLimits limits = {}) : limits_(limits) {}

    // Counts from the next append on.
    void replace_window(TimestampMs window_ms);

    // A moment before the last one takes back what was written for later ones: the clock was set
    // back.
    void append(TimestampMs at, std::span<const metrics::SeriesPoint> points);

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
    [[nodiscard]] DerivedStats stats() const;

private:
    // The same value at first, first + step, …
    struct Run {
        TimestampMs first = 0;
        double value = 0;
        std::uint32_t step_ms = 0;
        std::uint32_t count = 1;

        [[nodiscard]] TimestampMs at(std::uint32_t i) const {
            return first + static_cast<TimestampMs>(i) * step_ms;
        }
        [[nodiscard]] TimestampMs last() const { return at(count - 1); }
    };
    using Runs = std::vector<Run>;
    using Named = std::map<metrics::Labels, Runs>;

    void append_one(TimestampMs at, const metrics::SeriesPoint& point);
    void push(Runs& runs, TimestampMs at, double value);
    void forget_from(Runs& runs, TimestampMs at);
    void forget_before(TimestampMs oldest);
    template <typename Visit>
    void each(std::string_view metric_name, const Filter& filter, Visit visit) const;

    DerivedLimits limits_;
    std::map<std::string, Named, std::less<>> by_name_;
    std::size_t series_ = 0;
    std::size_t runs_ = 0;
    TimestampMs last_at_ = 0;
    TimestampMs swept_at_ = 0;
    std::uint64_t series_dropped_total_ = 0;
};

// What collectors and rules have written, as one source: `own` first, `derived` sorted in between.
// A series that both have is taken from `own`.
void join(std::vector<SelectedPoint>& own, std::vector<SelectedPoint> derived);
void join(std::vector<SelectedRange>& own, std::vector<SelectedRange> derived);
void join(std::vector<const metrics::Labels*>& own, std::vector<const metrics::Labels*> derived);

} // namespace opsmon::history
