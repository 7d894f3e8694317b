#include "base/duration.hpp"

#include <array>
#include <charconv>
#include <cstdint>

namespace opsmon {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

constexpr std::array<Unit, 5> kUnits = {
    {{"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::int64_t kMaxMs = 3650 * std::int64_t{86'400'000};

} // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    std::int64_t total_ms = 0;
    std::size_t next_unit = 0;
    if (text.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        std::int64_t number = 0;
        const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
        if (problem != std::errc() || number < 0 || text.front() == '-') {
            return std::nullopt;
        }
        text.remove_prefix(static_cast<std::size_t>(end - text.data()));
        const std::string_view name = text.substr(0, text.find_first_of("0123456789"));
        while (next_unit < kUnits.size() && kUnits[next_unit].name != name) {
            ++next_unit;
        }
        if (next_unit == kUnits.size() || number > kMaxMs / kUnits[next_unit].ms) {
            return std::nullopt;
        }
        total_ms += number * kUnits[next_unit].ms;
        ++next_unit;
        text.remove_prefix(name.size());
    }
    if (total_ms > kMaxMs) {
        return std::nullopt;
    }
    return std::chrono::milliseconds(total_ms);
}

std::string format_duration(std::chrono::milliseconds duration) {
    std::int64_t rest_ms = duration.count();
    if (rest_ms <= 0) {
        return "0s";
    }
    std::string out;
    for (const Unit& unit : kUnits) {
        if (rest_ms >= unit.ms) {
            out += std::to_string(rest_ms / unit.ms);
            out += unit.name;
            rest_ms %= unit.ms;
        }
    }
    return out;
}

} // namespace opsmon
