#pragma once
// This component is what PromQL reads: samples of series, by name, filter and time. The history of
// the sidecar is one such source, a file of samples another. It knows no query language and never
// reads a clock.

#include "base/clock.hpp"
#include "metrics/labels.hpp"

#include <cstddef>
#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace opsmon::history {

struct Point {
    TimestampMs at = 0;
    double value = 0; // may be the stale marker, see stale.hpp
};

// Labels and samples of one series. The labels live as long as the source is not written to.
struct SelectedPoint {
    const metrics::Labels* labels = nullptr;
    Point point;
};
struct SelectedRange {
    const metrics::Labels* labels = nullptr;
    std::vector<Point> points; // in the order of time
};

class Source {
public:
    using Filter = std::function<bool(const metrics::Labels&)>;

    Source() = default;
    Source(const Source&) = default;
    Source& operator=(const Source&) = default;
    Source(Source&&) = default;
    Source& operator=(Source&&) = default;
    virtual ~Source() = default;

    // Of each matching series the newest sample with after < at <= until, in the order of labels. A
    // series whose newest is a stale marker is not in it. An empty metric name means every metric.
    [[nodiscard]] virtual std::vector<SelectedPoint> newest(std::string_view metric_name,
                                                            const Filter& filter, TimestampMs after,
                                                            TimestampMs until) const = 0;

    // Of each matching series every sample with after < at <= until, stale markers too, in the
    // order of labels. Series without one are not in it. It stops as soon as it has more than
    // `samples_max`: what it gives then is not whole, and too much.
    [[nodiscard]] virtual std::vector<SelectedRange>
    range_up_to(std::size_t samples_max, std::string_view metric_name, const Filter& filter,
                TimestampMs after, TimestampMs until) const = 0;

    [[nodiscard]] std::vector<SelectedRange> range(std::string_view metric_name,
                                                   const Filter& filter, TimestampMs after,
                                                   TimestampMs until) const {
        return range_up_to(std::numeric_limits<std::size_t>::max(), metric_name, filter, after,
                           until);
    }

    // The matching series that have any sample, or a stale marker, with after < at <= until, in the
    // order of labels.
    [[nodiscard]] virtual std::vector<const metrics::Labels*>
    series_between(std::string_view metric_name, const Filter& filter, TimestampMs after,
                   TimestampMs until) const = 0;

    // Where its window begins: it says nothing of anything older. The lowest where it has none.
    [[nodiscard]] virtual TimestampMs begins_at() const {
        return std::numeric_limits<TimestampMs>::min();
    }
};

} // namespace opsmon::history
