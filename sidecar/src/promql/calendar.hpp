#pragma once
// This component provides dates of Unix times, in UTC and for every number: as Go's time package,
// which Prometheus uses, also far outside of what a calendar means. The date functions use it.

#include <cstdint>

namespace opsmon::promql {

struct Date {
    std::int64_t year = 0;
    int month = 0;        // 1..12
    int day_of_month = 0; // 1..31
    int day_of_year = 0;  // 1..366
    int day_of_week = 0;  // 0 is Sunday
    int days_in_month = 0;
    int hour = 0;
    int minute = 0;
};

// Seconds as PromQL has them; NaN and what no 64-bit number holds are Go's idea of them.
[[nodiscard]] Date date_of(double unix_seconds);

} // namespace opsmon::promql
