#include "notify/time_interval.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

namespace opsmon::notify {
namespace {

using Word = std::optional<int> (*)(std::string_view);

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths = {
    "january", "february", "march",     "april",   "may",      "june",
    "july",    "august",   "september", "october", "november", "december"};

template <std::size_t size>
std::optional<int> place_in(const std::array<std::string_view, size>& names,
                            std::string_view word) {
    std::string small(word);
    std::transform(small.begin(), small.end(), small.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    const auto found = std::find(names.begin(), names.end(), small);
    return found == names.end() ? std::nullopt
                                : std::optional(static_cast<int>(found - names.begin()));
}

std::optional<int> number(std::string_view word) {
    int out = 0;
    const auto [at, bad] = std::from_chars(word.data(), word.data() + word.size(), out);
    return bad == std::errc() && at == word.data() + word.size() ? std::optional(out)
                                                                 : std::nullopt;
}

std::optional<int> weekday(std::string_view word) {
    return place_in(kWeekdays, word);
}

std::optional<int> month(std::string_view word) {
    const auto place = place_in(kMonths, word);
    const auto out = place ? std::optional(*place + 1) : number(word);
    return out && *out >= 1 && *out <= 12 ? out : std::nullopt;
}

Result<Range> parse_range(std::string_view text, Word word, const std::string& wanted) {
    const auto colon = text.find(':');
    const auto first = word(text.substr(0, colon));
    const auto last = colon == std::string_view::npos ? first : word(text.substr(colon + 1));
    if (!first || !last) {
        return Error{"\"" + std::string(text) + "\" is not " + wanted};
    }
    return Range{*first, *last};
}

Result<Range> in_order(Result<Range> range, std::string_view text) {
    if (range && range->first > range->last) {
        return Error{"\"" + std::string(text) + "\" begins after its end"};
    }
    return range;
}

bool holds(const std::vector<Range>& ranges, int value) {
    return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [value](const Range& range) {
               return value >= range.first && value <= range.last;
           });
}

bool holds_day(const std::vector<Range>& ranges, const CivilTime& now) {
    const auto day_of = [&now](int day) { return day < 0 ? now.days_in_month + day + 1 : day; };
    return ranges.empty() || std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
               // Day 31 of a month that has 30 is its last one.
               const int first = std::min(day_of(range.first), now.days_in_month);
               const int last = std::min(day_of(range.last), now.days_in_month);
               const bool beyond = range.first > now.days_in_month;
               return !beyond && now.day >= first && now.day <= last;
           });
}

} // namespace

bool TimeInterval::contains(std::int64_t unix_seconds) const {
    const auto now = civil_time(unix_seconds + zone.offset_seconds(unix_seconds));
    const bool in_times =
        times.empty() || std::any_of(times.begin(), times.end(), [&now](const Range& range) {
            return now.minute_of_day >= range.first && now.minute_of_day < range.last;
        });
    return in_times && holds_day(days_of_month, now) && holds(months, now.month) &&
           holds(weekdays, now.weekday) && holds(years, static_cast<int>(now.year));
}

bool any_contains(const std::vector<TimeInterval>& intervals, std::int64_t unix_seconds) {
    return std::any_of(intervals.begin(), intervals.end(), [&](const TimeInterval& interval) {
        return interval.contains(unix_seconds);
    });
}

Result<Range> parse_weekdays(std::string_view text) {
    return in_order(parse_range(text, weekday,
                                "a day of the week or a range of them: monday, monday:friday "
                                "(sunday is the first)"),
                    text);
}

Result<Range> parse_days_of_month(std::string_view text) {
    auto range = parse_range(text, number, "a day of the month or a range of them: 1, 1:5, -3:-1");
    if (!range) {
        return range;
    }
    const auto is_day = [](int day) { return day != 0 && day >= -31 && day <= 31; };
    if (!is_day(range->first) || !is_day(range->last)) {
        return Error{"\"" + std::string(text) + "\": days go from 1 to 31 and from -31 to -1"};
    }
    if (range->first < 0 && range->last > 0) {
        return Error{"\"" + std::string(text) +
                     "\": a range that begins at the end of the month "
                     "has to end there"};
    }
    // As Alertmanager: a range from both ends has to hold a day in the shortest month too.
    const int last = range->first > 0 && range->last < 0 ? 28 + range->last : range->last;
    if (range->first > last) {
        return Error{"\"" + std::string(text) + "\" begins after its end"};
    }
    return range;
}

Result<Range> parse_months(std::string_view text) {
    return in_order(
        parse_range(text, month, "a month or a range of them: january, 1, january:march"), text);
}

Result<Range> parse_years(std::string_view text) {
    return in_order(parse_range(text, number, "a year or a range of them: 2026, 2026:2028"), text);
}

Result<int> parse_time_of_day(std::string_view text) {
    const bool shaped = text.size() == 5 && text[2] == ':';
    const auto hours = shaped ? number(text.substr(0, 2)) : std::nullopt;
    const auto minutes = shaped ? number(text.substr(3)) : std::nullopt;
    if (!hours || !minutes || *hours < 0 || *minutes < 0 || *minutes > 59 ||
        *hours * 60 + *minutes > 24 * 60) {
        return Error{"\"" + std::string(text) + "\" is no time of day; write 09:00, up to 24:00"};
    }
    return *hours * 60 + *minutes;
}

} // namespace opsmon::notify
