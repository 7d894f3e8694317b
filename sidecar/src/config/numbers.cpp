#include "config/numbers.hpp"

#include <array>
#include <utility>

#include "base/text.hpp"

namespace opsmon::config {
namespace {

constexpr double kMaxBitsPerSecond = 1e14;

constexpr std::array<std::pair<std::string_view, double>, 4> kBitRates = {{
    {"kbps", 1e3},
    {"Mbps", 1e6},
    {"Gbps", 1e9},
    {"Tbps", 1e12},
}};

// 256, not 256.000000.
std::string plain(double number) {
    std::string out = std::to_string(number);
    out.erase(out.find_last_not_of('0') + 1);
    if (out.ends_with('.')) {
        out.pop_back();
    }
    return out;
}

} // namespace

double read_number(Section& section, std::string_view key, double otherwise, NumberRange range,
                   Faults& faults) {
    const std::string limits = plain(range.min) + " to " + plain(range.max);
    section.describe(key, "number", limits);
    const auto given = section.text(key, 128);
    if (!given) {
        return otherwise;
    }
    const auto number = parse_number(given->value);
    if (!number || *number < range.min || *number > range.max) {
        faults.add(given->line, section.key_path(key),
                   "'" + shown(given->value) + "' is not a number from " + limits);
        return otherwise;
    }
    return *number;
}

std::optional<double> parse_bit_rate(std::string_view text) {
    for (const auto& [unit, factor] : kBitRates) {
        if (!text.ends_with(unit)) {
            continue;
        }
        const auto number = parse_number(trim(text.substr(0, text.size() - unit.size())));
        if (number && *number > 0 && *number * factor <= kMaxBitsPerSecond) {
            return *number * factor;
        }
    }
    return std::nullopt;
}

std::optional<std::size_t> parse_byte_count(std::string_view text) {
    const bool is_gib = text.ends_with("GiB");
    if (!is_gib && !text.ends_with("MiB")) {
        return std::nullopt;
    }
    const auto count = parse_count(text.substr(0, text.size() - 3));
    const unsigned shift = is_gib ? 30 : 20;
    if (!count || *count > (1ULL << 40 >> shift)) {
        return std::nullopt;
    }
    return static_cast<std::size_t>(*count << shift);
}

} // namespace opsmon::config
