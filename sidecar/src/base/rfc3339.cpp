#include "base/rfc3339.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace opsmon {
namespace {

using std::chrono::milliseconds;
using std::chrono::sys_days;
using std::chrono::year_month_day;

constexpr TimestampMs kSecond_ms = 1000;
constexpr TimestampMs kMinute_ms = 60 * kSecond_ms;
constexpr TimestampMs kHour_ms = 60 * kMinute_ms;
constexpr TimestampMs kFirst_ms = -62'167'219'200'000; // 0000-01-01T00:00:00Z
constexpr TimestampMs kLast_ms = 253'402'300'799'999;  // 9999-12-31T23:59:59.999Z

// Takes what it reads off the front of a text.
class Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    bool take(char wanted) {
        if (rest_.empty() || rest_.front() != wanted) {
            return false;
        }
        rest_.remove_prefix(1);
        return true;
    }
    bool take_either(char upper, char lower) { return take(upper) || take(lower); }

    // Exactly so many digits.
    bool number(std::size_t digits, int& out) {
        out = 0;
        if (rest_.size() < digits ||
            !std::all_of(rest_.begin(), rest_.begin() + digits, is_digit)) {
            return false;
        }
        for (const char c : rest_.substr(0, digits)) {
            out = out * 10 + (c - '0');
        }
        rest_.remove_prefix(digits);
        return true;
    }

    // One digit or more, as thousandths.
    bool fraction(int& out_ms) {
        std::size_t digits = 0;
        out_ms = 0;
        int worth = 100;
        while (digits < rest_.size() && is_digit(rest_[digits])) {
            out_ms += (rest_[digits++] - '0') * worth;
            worth /= 10;
        }
        rest_.remove_prefix(digits);
        return digits > 0;
    }

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

private:
    static bool is_digit(char c) { return c >= '0' && c <= '9'; }
    std::string_view rest_;
};

bool read_offset(Reader& reader, TimestampMs& out) {
    if (reader.take_either('Z', 'z')) {
        out = 0;
        return true;
    }
    const bool east = reader.take('+');
    if (!east && !reader.take('-')) {
        return false;
    }
    int hours = 0;
    int minutes = 0;
    if (!reader.number(2, hours) || !reader.take(':') || !reader.number(2, minutes) || hours > 23 ||
        minutes > 59) {
        return false;
    }
    out = (east ? 1 : -1) * (hours * kHour_ms + minutes * kMinute_ms);
    return true;
}

} // namespace

std::string format_rfc3339(TimestampMs at) {
    const auto moment =
        std::chrono::sys_time<milliseconds>(milliseconds(std::clamp(at, kFirst_ms, kLast_ms)));
    const auto day = std::chrono::floor<std::chrono::days>(moment);
    const year_month_day date(day);
    const std::chrono::hh_mm_ss time(moment - day);
    char out[32];
    const int size = std::snprintf(
        out, sizeof out, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
        static_cast<int>(time.seconds().count()), static_cast<int>(time.subseconds().count()));
    return {out, static_cast<std::size_t>(size)};
}

std::optional<TimestampMs> parse_rfc3339(std::string_view text) {
    Reader reader(text);
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    int fraction_ms = 0;
    TimestampMs offset = 0;
    const bool read = reader.number(4, year) && reader.take('-') && reader.number(2, month) &&
                      reader.take('-') && reader.number(2, day) && reader.take_either('T', 't') &&
                      reader.number(2, hour) && reader.take(':') && reader.number(2, minute) &&
                      reader.take(':') && reader.number(2, second) &&
                      (!reader.take('.') || reader.fraction(fraction_ms)) &&
                      read_offset(reader, offset) && reader.at_end();
    const year_month_day date{std::chrono::year(year),
                              std::chrono::month(static_cast<unsigned>(month)),
                              std::chrono::day(static_cast<unsigned>(day))};
    if (!read || !date.ok() || hour > 23 || minute > 59 || second > 59) {
        return std::nullopt;
    }
    const auto days = sys_days(date).time_since_epoch().count();
    return days * 24 * kHour_ms + hour * kHour_ms + minute * kMinute_ms + second * kSecond_ms +
           fraction_ms - offset;
}

} // namespace opsmon
