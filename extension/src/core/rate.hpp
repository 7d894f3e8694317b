#pragma once
// How fast WAL is written: over a fast window (seconds), which sees a burst, and over a slow one
// (minutes), which sees a trend. Fed by the guard with every look, used by the forecast. Both are
// plain quotients of two positions, so that a person can check them; nothing is smoothed away.

#include <optional>

#include "core/units.hpp"

namespace opsmon::core {

// Positions at regular moments, the newest last: enough of them to look back over the window.
struct PositionWindow {
    static constexpr std::uint32_t kPointsMax = 32;

    TimeUs spacing_us; // two points are at least this far apart
    std::uint32_t count;
    struct Point {
        TimeUs at;
        Lsn lsn;
    } points[kPointsMax];
};

struct WalRate {
    PositionWindow fast;
    PositionWindow slow;
    TimeUs last_at;
    Lsn last_lsn;
};

// Windows of about 10 seconds and 5 minutes. Times are of a clock that never goes back.
void start(WalRate& rate);
void observe(WalRate& rate, Lsn current, TimeUs steady_us);

// Bytes per second; absent until there is something to compare with: half a second for the fast
// window, a minute for the slow one.
std::optional<double> fast_bytes_per_second(const WalRate& rate);
std::optional<double> slow_bytes_per_second(const WalRate& rate);

} // namespace opsmon::core
