#include "promql/duration.hpp"

#include <array>
#include <limits>
#include <string>

namespace opsmon::promql {
namespace {

struct Unit {
    std::string_view name;
    std::int64_t ms;
};

// The order is part of the format: each unit at most once, from the longest to the shortest.
constexpr std::array<Unit, 7> kUnits{{{"y", 365LL * 24 * 3600 * 1000},
                                      {"w", 7LL * 24 * 3600 * 1000},
                                      {"d", 24LL * 3600 * 1000},
                                      {"h", 3600LL * 1000},
                                      {"m", 60LL * 1000},
                                      {"s", 1000},
                                      {"ms", 1}}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

Error malformed(std::string_view text) {
    return {"\"" + std::string(text) +
            "\" is not a duration; write it like 30s, 5m, 1h30m or 500ms (units y w d h m s ms, "
            "longest first, whole numbers)"};
}

} // namespace

Result<std::int64_t> parse_duration_ms(std::string_view text) {
    if (text == "0") {
        return std::int64_t{0};
    }
    if (text.empty() || text.size() > 64) {
        return malformed(text.substr(0, 64));
    }
    constexpr auto kMax = std::numeric_limits<std::int64_t>::max() / 1'000'000; // as Go: in ns
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    for (std::size_t at = 0; at < text.size();) {
        const auto number_at = at;
        std::int64_t number = 0;
        for (; at < text.size() && is_digit(text[at]); ++at) {
            number = number * 10 + (text[at] - '0');
            if (number > kMax) {
                return Error{"the duration \"" + std::string(text) + "\" is too long"};
            }
        }
        const auto unit_at = at;
        while (at < text.size() && !is_digit(text[at])) {
            ++at;
        }
        const auto name = text.substr(unit_at, at - unit_at);
        while (next_unit < kUnits.size() && kUnits[next_unit].name != name) {
            ++next_unit;
        }
        if (number_at == unit_at || next_unit == kUnits.size()) {
            return malformed(text);
        }
        if (number > (kMax - total) / kUnits[next_unit].ms) {
            return Error{"the duration \"" + std::string(text) + "\" is too long"};
        }
        total += number * kUnits[next_unit++].ms;
    }
    return total;
}

} // namespace opsmon::promql
