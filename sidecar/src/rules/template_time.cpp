#include "rules/template_time.hpp"

#include <array>
#include <charconv>
#include <chrono>
#include <optional>

namespace opsmon::rules {
namespace {

constexpr std::array<std::string_view, 12> kMonths = {
    "January", "February", "March",     "April",   "May",      "June",
    "July",    "August",   "September", "October", "November", "December"};
constexpr std::array<std::string_view, 7> kDays = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};

struct Moment {
    int year = 0;
    int month = 0;
    int day = 0;
    int hour = 0;
    int minute = 0;
    int second = 0;
    std::size_t weekday = 0;
};

std::optional<int> number(std::string_view text) {
    int out = 0;
    const auto* end = text.data() + text.size();
    const auto [at, bad] = std::from_chars(text.data(), end, out);
    return bad == std::errc() && at == end && out >= 0 ? std::optional(out) : std::nullopt;
}

std::optional<Moment> parse(std::string_view text) {
    if (text.size() < 19 || text[4] != '-' || text[10] != ' ') {
        return std::nullopt;
    }
    Moment out;
    const std::pair<int*, std::string_view> parts[] = {
        {&out.year, text.substr(0, 4)},    {&out.month, text.substr(5, 2)},
        {&out.day, text.substr(8, 2)},     {&out.hour, text.substr(11, 2)},
        {&out.minute, text.substr(14, 2)}, {&out.second, text.substr(17, 2)}};
    for (const auto& [into, digits] : parts) {
        const auto value = number(digits);
        if (!value) {
            return std::nullopt;
        }
        *into = *value;
    }
    const auto date = std::chrono::year(out.year) / out.month / out.day;
    if (!date.ok() || out.hour > 23) {
        return std::nullopt;
    }
    out.weekday = std::chrono::weekday(std::chrono::sys_days(date)).c_encoding();
    return out;
}

std::string padded(int value, std::size_t width, char with = '0') {
    auto out = std::to_string(value);
    return out.size() < width ? std::string(width - out.size(), with) + out : out;
}

// What stands for the part of the moment that `name` is Go's example of; longer names come first.
struct Part {
    std::string_view name;
    std::string (*write)(const Moment&);
};

int twelve(const Moment& m) {
    return m.hour % 12 == 0 ? 12 : m.hour % 12;
}
std::string_view month_of(const Moment& m) {
    return kMonths[static_cast<std::size_t>(m.month - 1)];
}

constexpr Part kParts[] = {
    {"January", [](const Moment& m) { return std::string(month_of(m)); }},
    {"Monday", [](const Moment& m) { return std::string(kDays[m.weekday]); }},
    {"Z07:00", [](const Moment&) { return std::string("Z"); }},
    {"-07:00", [](const Moment&) { return std::string("+00:00"); }},
    {"-0700", [](const Moment&) { return std::string("+0000"); }},
    {"2006", [](const Moment& m) { return padded(m.year, 4); }},
    {"Jan", [](const Moment& m) { return std::string(month_of(m).substr(0, 3)); }},
    {"Mon", [](const Moment& m) { return std::string(kDays[m.weekday].substr(0, 3)); }},
    {"MST", [](const Moment&) { return std::string("UTC"); }},
    {"01", [](const Moment& m) { return padded(m.month, 2); }},
    {"02", [](const Moment& m) { return padded(m.day, 2); }},
    {"03", [](const Moment& m) { return padded(twelve(m), 2); }},
    {"04", [](const Moment& m) { return padded(m.minute, 2); }},
    {"05", [](const Moment& m) { return padded(m.second, 2); }},
    {"06", [](const Moment& m) { return padded(m.year % 100, 2); }},
    {"15", [](const Moment& m) { return padded(m.hour, 2); }},
    {"_2", [](const Moment& m) { return padded(m.day, 2, ' '); }},
    {"PM", [](const Moment& m) { return std::string(m.hour < 12 ? "AM" : "PM"); }},
    {"pm", [](const Moment& m) { return std::string(m.hour < 12 ? "am" : "pm"); }},
    {"1", [](const Moment& m) { return std::to_string(m.month); }},
    {"2", [](const Moment& m) { return std::to_string(m.day); }},
    {"3", [](const Moment& m) { return std::to_string(twelve(m)); }},
    {"4", [](const Moment& m) { return std::to_string(m.minute); }},
    {"5", [](const Moment& m) { return std::to_string(m.second); }},
};

} // namespace

Result<std::string> format_moment(std::string_view moment, std::string_view layout) {
    const auto parsed = parse(moment);
    if (!parsed) {
        return Error{"Format wants a moment before it, such as .StartsAt"};
    }
    for (const auto* missing : {".0", ",0", ".9", ",9", "002", "__2", "-07", "Z07"}) {
        const auto at = layout.find(missing);
        if (at != std::string_view::npos && layout.substr(at, 5) != "-0700" &&
            layout.substr(at, 6) != "-07:00" && layout.substr(at, 6) != "Z07:00" &&
            !(missing[1] == '0' && layout.substr(at + 1, 1) == "0" &&
              layout.substr(at + 2, 1) >= "1" && layout.substr(at + 2, 1) <= "6")) {
            return Error{std::string("Format: \"") + missing +
                         "\" in a layout is not supported in this version"};
        }
    }
    std::string out;
    while (!layout.empty()) {
        const Part* found = nullptr;
        for (const auto& part : kParts) {
            if (layout.starts_with(part.name)) {
                found = &part;
                break;
            }
        }
        out += found != nullptr ? found->write(*parsed) : std::string(1, layout.front());
        layout.remove_prefix(found != nullptr ? found->name.size() : 1);
    }
    return out;
}

} // namespace opsmon::rules
