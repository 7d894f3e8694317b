#include <array>
#include <cmath>
#include <cstdio>

#include "remedy/preconditions.hpp"

namespace opsmon::remedy {

std::string readable_seconds(double seconds) {
    const auto whole = static_cast<long long>(std::max(0.0, std::min(seconds, 1e12)));
    const long long hours = whole / 3600;
    const long long minutes = whole % 3600 / 60;
    if (hours > 0) {
        return std::to_string(hours) + " h" +
               (minutes > 0 ? ' ' + std::to_string(minutes) + " min" : "");
    }
    if (minutes > 0) {
        const long long rest = whole % 60;
        return std::to_string(minutes) + " min" +
               (rest > 0 ? ' ' + std::to_string(rest) + " s" : "");
    }
    return std::to_string(whole) + " s";
}

std::string readable_bytes(double bytes) {
    static constexpr std::array<const char*, 5> kUnits{"bytes", "kB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (std::abs(bytes) >= 1024 && unit + 1 < kUnits.size()) {
        bytes /= 1024;
        ++unit;
    }
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f %s" : "%.1f %s", bytes, kUnits[unit]);
    return text.data();
}

} // namespace opsmon::remedy
