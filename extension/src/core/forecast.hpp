#pragma once
// When a volume is full. Used by the guard for its rungs and by the views that tell people. Pure
// arithmetic: an absent answer means "not in sight", never "unknown".

#include <optional>

#include "core/units.hpp"

namespace opsmon::core {

// Beyond this a forecast says nothing any more.
inline constexpr TimeUs kForecastMaxUs = TimeUs{365} * 24 * 3600 * kUsPerSecond;

// Time until `room` is used up at a steady rate; absent when that is not within a year.
constexpr std::optional<TimeUs> time_to_fill(Bytes room, double bytes_per_second) {
    if (!(bytes_per_second > 0)) {
        return std::nullopt;
    }
    const double us =
        static_cast<double>(room) / bytes_per_second * static_cast<double>(kUsPerSecond);
    if (!(us < static_cast<double>(kForecastMaxUs))) {
        return std::nullopt;
    }
    return static_cast<TimeUs>(us);
}

// The earlier of two forecasts.
constexpr std::optional<TimeUs> earlier(std::optional<TimeUs> a, std::optional<TimeUs> b) {
    if (!a || !b) {
        return a ? a : b;
    }
    return *a < *b ? a : b;
}

} // namespace opsmon::core
