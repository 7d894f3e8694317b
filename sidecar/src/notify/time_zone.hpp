#pragma once
// This component provides time zones: how far local time is from UTC at a moment. Time intervals
// use it. It parses the zone files of the system (TZif, with the rule for the years beyond the
// table); only load() reads a file.

#include "base/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::notify {

// A change of the clocks that comes back each year: `week` 5 is the last one of the month.
struct YearlyChange {
    int month = 1;
    int week = 1;
    int weekday = 0; // 0: Sunday
    int at_seconds = 7200;
};

class TimeZone {
public:
    TimeZone() = default; // UTC

    [[nodiscard]] static Result<TimeZone> parse(std::string_view tzif);
    // A name such as Europe/Berlin, UTC, or Local for the machine's own.
    [[nodiscard]] static Result<TimeZone> load(const std::string& name);

    [[nodiscard]] std::int64_t offset_seconds(std::int64_t unix_seconds) const;

private:
    struct Transition {
        std::int64_t at = 0;
        std::int64_t offset = 0;
    };
    struct Rule { // behind the last transition
        std::int64_t standard_offset = 0;
        std::int64_t summer_offset = 0;
        bool has_summer = false;
        YearlyChange to_summer;
        YearlyChange to_standard;
    };
    static std::optional<Rule> parse_rule(std::string_view text);

    std::int64_t first_offset_ = 0;
    std::vector<Transition> transitions_;
    std::optional<Rule> rule_;
};

// Days since 1970-01-01 of a day of the civil calendar, and back.
[[nodiscard]] std::int64_t days_of_civil(std::int64_t year, int month, int day);

struct CivilTime {
    std::int64_t year = 1970;
    int month = 1;
    int day = 1;
    int weekday = 4; // 0: Sunday
    int minute_of_day = 0;
    int days_in_month = 31;
};

[[nodiscard]] CivilTime civil_time(std::int64_t seconds);

} // namespace opsmon::notify
