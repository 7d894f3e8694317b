#pragma once
// This component provides time intervals: when a route is active or mute. Every part that is given
// has to hold (times, weekdays, days of the month, months, years), and of each part one range. The
// pipeline asks it; it parses single ranges for the settings. Pure.

#include "base/result.hpp"
#include "notify/time_zone.hpp"

#include <string_view>
#include <vector>

namespace opsmon::notify {

struct Range {
    int first = 0;
    int last = 0; // included; of times: not included
    friend bool operator==(const Range&, const Range&) = default;
};

struct TimeInterval {
    std::vector<Range> times; // minutes of the day
    std::vector<Range> weekdays;
    std::vector<Range> days_of_month; // negative ones count from the end of the month
    std::vector<Range> months;
    std::vector<Range> years;
    TimeZone zone;

    [[nodiscard]] bool contains(std::int64_t unix_seconds) const;
};

[[nodiscard]] bool any_contains(const std::vector<TimeInterval>& intervals,
                                std::int64_t unix_seconds);

// `monday`, `monday:friday`, `1:5`, `-3:-1`, `january:march`, `2024:2026`.
[[nodiscard]] Result<Range> parse_weekdays(std::string_view text);
[[nodiscard]] Result<Range> parse_days_of_month(std::string_view text);
[[nodiscard]] Result<Range> parse_months(std::string_view text);
[[nodiscard]] Result<Range> parse_years(std::string_view text);
// hh:mm as minutes of the day; 24:00 is the end of it.
[[nodiscard]] Result<int> parse_time_of_day(std::string_view text);

} // namespace opsmon::notify
