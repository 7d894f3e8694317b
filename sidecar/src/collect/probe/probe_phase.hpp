#pragma once
// This component spreads the probes of many services over time: each has its own place on the wall
// clock, made of its name, so that a restart does not move it. The collector `service` uses it.
// Pure.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string_view>

#include "base/clock.hpp"

namespace opsmon::collect {

// How long the first probe waits from `now`; less than the interval, and less than 10 s, lest
// nothing is known of a service for long.
inline std::chrono::milliseconds
first_probe_delay(std::string_view service, std::chrono::milliseconds interval, TimestampMs now) {
    const std::int64_t window = std::min<std::int64_t>(interval.count(), 10'000);
    std::uint64_t hash = 14695981039346656037ULL; // FNV-1a: the same on every start
    for (const char c : service) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
    }
    const auto phase = static_cast<std::int64_t>((hash >> 16) % static_cast<std::uint64_t>(window));
    return std::chrono::milliseconds(((phase - now) % window + window) % window);
}

} // namespace opsmon::collect
