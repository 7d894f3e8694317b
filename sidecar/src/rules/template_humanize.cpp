#include "rules/template_humanize.hpp"

#include <array>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <span>
#include <string_view>

namespace opsmon::rules {
namespace {

constexpr auto kLarge = std::to_array<const char*>({"k", "M", "G", "T", "P", "E", "Z", "Y"});
constexpr auto kSmall = std::to_array<const char*>({"m", "u", "n", "p", "f", "a", "z", "y"});
constexpr auto kBinary =
    std::to_array<const char*>({"ki", "Mi", "Gi", "Ti", "Pi", "Ei", "Zi", "Yi"});

std::string four_digits(double value) {
    if (!std::isfinite(value)) {
        return std::isnan(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf";
    }
    std::array<char, 32> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%.4g", value);
    return buffer.data();
}

std::string scale_down(double value, double step, std::span<const char* const> prefixes) {
    const char* used = "";
    for (const auto* prefix : prefixes) {
        if (std::fabs(value) < step) {
            break;
        }
        used = prefix;
        value /= step;
    }
    return four_digits(value) + used;
}

std::string scale_up(double value) {
    const char* used = "";
    for (const auto* prefix : kSmall) {
        if (std::fabs(value) >= 1) {
            break;
        }
        used = prefix;
        value *= 1000;
    }
    return four_digits(value) + used;
}

} // namespace

std::string humanize(double value) {
    if (value == 0 || !std::isfinite(value)) {
        return four_digits(value);
    }
    return std::fabs(value) >= 1 ? scale_down(value, 1000, kLarge) : scale_up(value);
}

std::string humanize_1024(double value) {
    if (std::fabs(value) <= 1 || !std::isfinite(value)) {
        return four_digits(value);
    }
    return scale_down(value, 1024, kBinary);
}

std::string humanize_duration(double seconds) {
    if (!std::isfinite(seconds)) {
        return four_digits(seconds);
    }
    if (seconds == 0) {
        return "0s";
    }
    if (std::fabs(seconds) < 1) {
        return scale_up(seconds) + "s";
    }
    const std::string sign = seconds < 0 ? "-" : "";
    const double size = std::fabs(seconds);
    // Beyond what a 64-bit number holds there is no sensible number of days either.
    const auto whole = static_cast<std::int64_t>(std::fmin(size, 9.2e18));
    const auto part = [](std::int64_t number, const char* unit) {
        return std::to_string(number) + unit;
    };
    const auto days = whole / 86400;
    const auto hours = whole / 3600 % 24;
    const auto minutes = whole / 60 % 60;
    std::string out = days != 0 ? part(days, "d ") : "";
    out += days != 0 || hours != 0 ? part(hours, "h ") : "";
    if (out.empty() && minutes == 0) {
        return sign + four_digits(size) + "s";
    }
    return sign + out + part(minutes, "m ") + part(whole % 60, "s");
}

std::string humanize_percentage(double ratio) {
    return four_digits(ratio * 100) + "%";
}

std::optional<std::string> humanize_timestamp(double at) {
    if (!std::isfinite(at)) {
        return four_digits(at);
    }
    const double in_nanoseconds = at * 1e9;
    if (in_nanoseconds >= 9.223372036854775e18 || in_nanoseconds <= -9.223372036854775e18) {
        return std::nullopt;
    }
    // Prometheus keeps time in milliseconds, and cuts what is finer.
    using namespace std::chrono;
    const sys_time<milliseconds> moment{
        milliseconds(static_cast<std::int64_t>(in_nanoseconds) / 1'000'000)};
    const auto day = floor<days>(moment);
    const year_month_day date(day);
    const hh_mm_ss time(moment - day);
    std::array<char, 64> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "%04d-%02u-%02u %02d:%02d:%02d",
                  static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                  static_cast<unsigned>(date.day()), static_cast<int>(time.hours().count()),
                  static_cast<int>(time.minutes().count()),
                  static_cast<int>(time.seconds().count()));
    std::string out = buffer.data();
    if (const auto fraction = time.subseconds().count(); fraction != 0) {
        std::snprintf(buffer.data(), buffer.size(), ".%03d", static_cast<int>(fraction));
        out += buffer.data();
        out.erase(out.find_last_not_of('0') + 1);
    }
    return out + " +0000 UTC";
}

} // namespace opsmon::rules
