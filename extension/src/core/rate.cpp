#include "core/rate.hpp"

namespace opsmon::core {
namespace {

constexpr TimeUs kFastSpacingUs = kUsPerSecond / 3;  // 32 points: 10 s
constexpr TimeUs kSlowSpacingUs = 10 * kUsPerSecond; // 32 points: 5 min
// Two looks a few milliseconds apart say more of the segment just begun than of the rate.
constexpr TimeUs kFastLeastSpanUs = kUsPerSecond / 2;
// Less than a minute of it is no trend: just after a start it would be the burst itself.
constexpr TimeUs kSlowLeastSpanUs = 60 * kUsPerSecond;

void add(PositionWindow& window, Lsn current, TimeUs at) {
    if (window.count > 0 && at - window.points[window.count - 1].at < window.spacing_us) {
        return;
    }
    if (window.count == PositionWindow::kPointsMax) {
        for (std::uint32_t i = 1; i < window.count; ++i) {
            window.points[i - 1] = window.points[i];
        }
        --window.count;
    }
    window.points[window.count++] = {at, current};
}

std::optional<double> rate_of(const PositionWindow& window, TimeUs least_span_us, Lsn last_lsn,
                              TimeUs last_at) {
    if (window.count == 0 || last_at - window.points[0].at < least_span_us) {
        return std::nullopt;
    }
    const double seconds =
        static_cast<double>(last_at - window.points[0].at) / static_cast<double>(kUsPerSecond);
    return static_cast<double>(bytes_between(last_lsn, window.points[0].lsn)) / seconds;
}

} // namespace

void start(WalRate& rate) {
    rate = WalRate{};
    rate.fast.spacing_us = kFastSpacingUs;
    rate.slow.spacing_us = kSlowSpacingUs;
}

void observe(WalRate& rate, Lsn current, TimeUs steady_us) {
    // A position that went back (a new timeline) or a clock that did makes all before it worthless.
    if (current < rate.last_lsn || steady_us < rate.last_at) {
        start(rate);
    }
    rate.last_lsn = current;
    rate.last_at = steady_us;
    if (current == kUnknownLsn) {
        return;
    }
    add(rate.fast, current, steady_us);
    add(rate.slow, current, steady_us);
}

std::optional<double> fast_bytes_per_second(const WalRate& rate) {
    return rate_of(rate.fast, kFastLeastSpanUs, rate.last_lsn, rate.last_at);
}

std::optional<double> slow_bytes_per_second(const WalRate& rate) {
    return rate_of(rate.slow, kSlowLeastSpanUs, rate.last_lsn, rate.last_at);
}

} // namespace opsmon::core
