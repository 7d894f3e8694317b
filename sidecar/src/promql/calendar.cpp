#include "promql/calendar.hpp"

#include <array>
#include <limits>

namespace opsmon::promql {
namespace {

constexpr std::int64_t kDay = 86400;
// Go counts from the first of January of a year that begins a cycle of 400 years and lies so far
// back that every 64-bit time is later. All sums wrap around.
constexpr std::int64_t kFirstYear = -292277022399;
constexpr std::int64_t kDaysOf400Years = 146097;
constexpr std::uint64_t kDaysToEpoch =
    static_cast<std::uint64_t>((1601 - kFirstYear) / 400) * kDaysOf400Years + 369 * 365 + 369 / 4 -
    3; // 1601 to 1970, without the leap days of 1700, 1800 and 1900

bool is_leap(std::int64_t year) {
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int length_of(int month, bool leap) {
    constexpr std::array<int, 12> kLengths = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return month == 2 && leap ? 29 : kLengths[static_cast<std::size_t>(month) - 1];
}

// As the processor that Prometheus runs on converts.
std::int64_t to_integer(double value) {
    constexpr double kBound = 9223372036854775808.0;
    return value >= -kBound && value < kBound ? static_cast<std::int64_t>(value)
                                              : std::numeric_limits<std::int64_t>::min();
}

} // namespace

Date date_of(double unix_seconds) {
    const auto since_first =
        static_cast<std::uint64_t>(to_integer(unix_seconds)) + kDaysToEpoch * kDay;
    const auto second_of_day = static_cast<int>(since_first % kDay);
    const auto days = static_cast<std::int64_t>(since_first / kDay);
    Date out;
    out.hour = second_of_day / 3600;
    out.minute = second_of_day % 3600 / 60;
    out.day_of_week = static_cast<int>((days + 1) % 7); // the first day was a Monday
    out.year = kFirstYear + days / kDaysOf400Years * 400;
    auto left = static_cast<int>(days % kDaysOf400Years);
    while (left >= (is_leap(out.year) ? 366 : 365)) {
        left -= is_leap(out.year) ? 366 : 365;
        ++out.year;
    }
    out.day_of_year = left + 1;
    const bool leap = is_leap(out.year);
    for (out.month = 1; left >= length_of(out.month, leap); ++out.month) {
        left -= length_of(out.month, leap);
    }
    out.day_of_month = left + 1;
    out.days_in_month = length_of(out.month, leap);
    return out;
}

} // namespace opsmon::promql
