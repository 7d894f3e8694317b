#pragma once
// This component decides how long to wait before a receiver is tried again: 1 s, 2 s, 4 s … 60 s,
// or what the receiver itself asked for. Pure, without jitter: there is one sender per webhook.

#include "base/clock.hpp"

#include <algorithm>
#include <optional>

namespace opsmon::notify {

inline constexpr TimestampMs kBackoffMin_ms = 1000;
inline constexpr TimestampMs kBackoffMax_ms = 60 * 1000;
inline constexpr TimestampMs kRetryAfterMax_ms = 10 * 60 * 1000; // a longer wish would mute us

inline TimestampMs backoff_ms(int failures_in_a_row, std::optional<TimestampMs> retry_after_ms) {
    if (retry_after_ms) {
        return std::clamp(*retry_after_ms, kBackoffMin_ms, kRetryAfterMax_ms);
    }
    const int doublings = std::clamp(failures_in_a_row - 1, 0, 6);
    return std::min(kBackoffMin_ms << doublings, kBackoffMax_ms);
}

} // namespace opsmon::notify
