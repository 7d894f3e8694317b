#pragma once
// This component provides `DailyPeaks`: what the ordinary daily peak of a signal is, learned from
// the last four weeks in a few hundred bytes. Suspicion of an attack compares with it. It is pure:
// time is an argument. One bad day does not make an attack ordinary, and what comes back on a third
// day is ordinary even if it was suspected each time.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace opsmon::collect {

class DailyPeaks {
public:
    static constexpr std::size_t kDays = 28;
    static constexpr std::size_t kDaysToLearn = 3;
    // A day counts when this much of it was seen: the evening after an installation has no peak.
    static constexpr double kSecondsToCount = 12 * 3600.0;

    struct Day {
        std::int64_t day = 0; // since 1970
        double ordinary = 0;  // highest mean of a minute
        double suspected = 0; // the same, while an attack was suspected
        double seconds = 0;   // seen
        friend bool operator==(const Day&, const Day&) = default;
    };

    // One reading of the signal that stood for `seconds`. While an attack is suspected, `suspected`
    // is the day it began: however long it lasts, it is one day of it.
    void observe(double value, double seconds, TimestampMs now,
                 std::optional<std::int64_t> suspected);

    // Nothing until enough days were seen.
    [[nodiscard]] std::optional<double> peak() const;

    [[nodiscard]] const std::vector<Day>& days() const { return days_; }
    // What was kept over a restart; nonsense in it is left out.
    void restore(std::vector<Day> days);

private:
    Day& day_of(std::int64_t day);

    std::vector<Day> days_; // oldest first, at most kDays
    double minute_sum_ = 0;
    double minute_seconds_ = 0;
    bool minute_suspected_ = false;
};

std::int64_t day_number(TimestampMs now);

} // namespace opsmon::collect
