#include "notify/time_zone.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <charconv>
#include <chrono>

namespace opsmon::notify {
namespace {

constexpr std::size_t kMaxZoneBytes = 256 * 1024;
constexpr std::int64_t kDay = 86'400;

std::int64_t big_endian(std::string_view text, std::size_t at, std::size_t bytes) {
    std::uint64_t out = (static_cast<unsigned char>(text[at]) & 0x80U) != 0 ? ~0ULL : 0;
    for (std::size_t i = 0; i < bytes; ++i) {
        out = (out << 8) | static_cast<unsigned char>(text[at + i]);
    }
    return static_cast<std::int64_t>(out);
}

// The numbers of a head: how long each part behind it is.
struct Head {
    std::size_t utc, standard, leaps, times, types, letters;

    [[nodiscard]] std::size_t size(std::size_t time_bytes) const {
        return times * (time_bytes + 1) + types * 6 + letters + leaps * (time_bytes + 4) +
               standard + utc;
    }
};

constexpr std::size_t kHeadBytes = 44;

std::optional<Head> read_head(std::string_view text) {
    if (text.size() < kHeadBytes || !text.starts_with("TZif") || text[4] < '2') {
        return std::nullopt;
    }
    Head out{};
    std::size_t at = 20;
    for (auto* field :
         {&out.utc, &out.standard, &out.leaps, &out.times, &out.types, &out.letters}) {
        const auto number = big_endian(text, at, 4);
        if (number < 0 || number > static_cast<std::int64_t>(kMaxZoneBytes)) {
            return std::nullopt;
        }
        *field = static_cast<std::size_t>(number);
        at += 4;
    }
    return out.types == 0 ? std::nullopt : std::optional(out);
}

// One POSIX TZ text, taken from the left.
class RuleReader {
public:
    explicit RuleReader(std::string_view text) : text_(text) {}

    [[nodiscard]] bool done() const { return text_.empty(); }
    bool take(char c) {
        if (!text_.starts_with(c)) {
            return false;
        }
        text_.remove_prefix(1);
        return true;
    }
    bool name() {
        const bool in_brackets = take('<');
        const auto end = in_brackets ? text_.find('>') : text_.find_first_of("0123456789+-,");
        if (end == std::string_view::npos && in_brackets) {
            return false;
        }
        const auto size = std::min(end, text_.size());
        text_.remove_prefix(size + (in_brackets ? 1 : 0));
        return size > 0;
    }
    std::optional<int> number() {
        int out = 0;
        const auto [at, bad] = std::from_chars(text_.data(), text_.data() + text_.size(), out);
        if (bad != std::errc() || out < 0) {
            return std::nullopt;
        }
        text_.remove_prefix(static_cast<std::size_t>(at - text_.data()));
        return out;
    }
    // [+-]hh[:mm[:ss]]
    std::optional<int> seconds() {
        const int sign = take('-') ? -1 : (take('+'), 1);
        int out = 0;
        for (int unit = 3600; unit > 0; unit /= 60) {
            const auto part = number();
            if (!part || *part > 200) {
                return std::nullopt;
            }
            out += *part * unit;
            if (!take(':')) {
                break;
            }
        }
        return sign * out;
    }
    // ,Mm.w.d[/time]
    std::optional<YearlyChange> change() {
        if (!take(',') || !take('M')) {
            return std::nullopt;
        }
        YearlyChange out;
        out.month = number().value_or(0);
        out.week = take('.') ? number().value_or(0) : 0;
        out.weekday = take('.') ? number().value_or(7) : 7;
        if (out.month < 1 || out.month > 12 || out.week < 1 || out.week > 5 || out.weekday > 6) {
            return std::nullopt;
        }
        if (take('/')) {
            const auto at = seconds();
            if (!at) {
                return std::nullopt;
            }
            out.at_seconds = *at;
        }
        return out;
    }

private:
    std::string_view text_;
};

int days_in(std::int64_t year, int month) {
    const auto next =
        month == 12 ? days_of_civil(year + 1, 1, 1) : days_of_civil(year, month + 1, 1);
    return static_cast<int>(next - days_of_civil(year, month, 1));
}

// In local time as if there were no offset.
std::int64_t moment_of(const YearlyChange& change, std::int64_t year) {
    const auto first = days_of_civil(year, change.month, 1);
    const int first_weekday = civil_time(first * kDay).weekday;
    int day = (change.weekday - first_weekday + 7) % 7 + (change.week - 1) * 7;
    while (day >= days_in(year, change.month)) {
        day -= 7;
    }
    return (first + day) * kDay + change.at_seconds;
}

} // namespace

std::int64_t days_of_civil(std::int64_t year, int month, int day) {
    using namespace std::chrono;
    const sys_days days = std::chrono::year(static_cast<int>(year)) /
                          std::chrono::month(static_cast<unsigned>(month)) /
                          std::chrono::day(static_cast<unsigned>(day));
    return days.time_since_epoch().count();
}

CivilTime civil_time(std::int64_t seconds) {
    using namespace std::chrono;
    const std::int64_t day_number = seconds >= 0 ? seconds / kDay : -((-seconds + kDay - 1) / kDay);
    const sys_days days{std::chrono::days(day_number)};
    const year_month_day date(days);
    CivilTime out;
    out.year = static_cast<int>(date.year());
    out.month = static_cast<int>(static_cast<unsigned>(date.month()));
    out.day = static_cast<int>(static_cast<unsigned>(date.day()));
    out.weekday = static_cast<int>(weekday(days).c_encoding());
    out.minute_of_day = static_cast<int>((seconds - day_number * kDay) / 60);
    out.days_in_month = days_in(out.year, out.month);
    return out;
}

std::optional<TimeZone::Rule> TimeZone::parse_rule(std::string_view text) {
    RuleReader reader(text);
    Rule out;
    if (!reader.name()) {
        return std::nullopt;
    }
    const auto standard = reader.seconds();
    if (!standard) {
        return std::nullopt;
    }
    out.standard_offset = -*standard; // POSIX counts to the west
    if (reader.done()) {
        return out;
    }
    out.has_summer = true;
    out.summer_offset = out.standard_offset + 3600;
    if (!reader.name()) {
        return std::nullopt;
    }
    RuleReader ahead = reader;
    if (!ahead.take(',')) {
        const auto summer = reader.seconds();
        if (!summer) {
            return std::nullopt;
        }
        out.summer_offset = -*summer;
    }
    const auto to_summer = reader.change();
    const auto to_standard = reader.change();
    if (!to_summer || !to_standard || !reader.done()) {
        return std::nullopt;
    }
    out.to_summer = *to_summer;
    out.to_standard = *to_standard;
    return out;
}

Result<TimeZone> TimeZone::parse(std::string_view tzif) {
    const Error broken{"is not a time zone file that this version reads"};
    const auto old_part = read_head(tzif);
    if (!old_part || tzif.size() < kHeadBytes + old_part->size(4)) {
        return broken;
    }
    tzif.remove_prefix(kHeadBytes + old_part->size(4));
    const auto head = read_head(tzif);
    if (!head || tzif.size() < kHeadBytes + head->size(8)) {
        return broken;
    }
    tzif.remove_prefix(kHeadBytes);
    const auto types = head->times * 9;
    const auto offset_of = [&](std::size_t type) { return big_endian(tzif, types + type * 6, 4); };
    TimeZone out;
    out.first_offset_ = offset_of(0);
    for (std::size_t i = 0; i < head->times; ++i) {
        const auto type = static_cast<unsigned char>(tzif[head->times * 8 + i]);
        if (type >= head->types) {
            return broken;
        }
        out.transitions_.push_back({big_endian(tzif, i * 8, 8), offset_of(type)});
    }
    const auto footer = trim(tzif.substr(head->size(8)));
    if (!footer.empty()) {
        out.rule_ = parse_rule(footer);
        if (!out.rule_) {
            return broken;
        }
    }
    return out;
}

Result<TimeZone> TimeZone::load(const std::string& name) {
    if (name.empty() || name == "UTC") {
        return TimeZone();
    }
    const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '/' || c == '_' || c == '-' || c == '+';
    });
    if (!plain || name.front() == '/') {
        return Error{"is not the name of a time zone, such as Europe/Berlin or UTC"};
    }
    const auto path = name == "Local" ? "/etc/localtime" : "/usr/share/zoneinfo/" + name;
    auto text = read_file(path, kMaxZoneBytes);
    if (!text) {
        return Error{"there is no time zone \"" + name +
                     "\" on this machine (package tzdata): " + text.error().message};
    }
    return parse(*text);
}

std::int64_t TimeZone::offset_seconds(std::int64_t unix_seconds) const {
    const auto after = std::upper_bound(
        transitions_.begin(), transitions_.end(), unix_seconds,
        [](std::int64_t moment, const Transition& change) { return moment < change.at; });
    if (after != transitions_.end() || !rule_) {
        return after == transitions_.begin() ? first_offset_ : std::prev(after)->offset;
    }
    if (!rule_->has_summer) {
        return rule_->standard_offset;
    }
    const auto year = civil_time(unix_seconds + rule_->standard_offset).year;
    const auto begin = moment_of(rule_->to_summer, year) - rule_->standard_offset;
    const auto end = moment_of(rule_->to_standard, year) - rule_->summer_offset;
    const bool summer = begin < end ? unix_seconds >= begin && unix_seconds < end
                                    : unix_seconds >= begin || unix_seconds < end;
    return summer ? rule_->summer_offset : rule_->standard_offset;
}

} // namespace opsmon::notify
