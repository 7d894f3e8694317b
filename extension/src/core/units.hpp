#pragma once
// The units everything in the core speaks: WAL positions, byte counts, points in time. Used by
// every core file and by the PostgreSQL layer, which converts at its edge. Nothing here can
// overflow: a difference that would be negative is zero, a product that would not fit is the
// largest value.

#include <cstdint>
#include <limits>

namespace opsmon::core {

using Lsn = std::uint64_t;   // a position in the WAL; 0 means unknown, as in PostgreSQL
using TimeUs = std::int64_t; // a point in time, microseconds, in PostgreSQL's epoch (2000-01-01)
using Bytes = std::uint64_t;

inline constexpr Lsn kUnknownLsn = 0;
inline constexpr TimeUs kUsPerSecond = 1'000'000;
inline constexpr Bytes kBytesPerMiB = 1024 * 1024;

// How far `newer` is ahead of `older`; 0 when it is not.
constexpr Bytes bytes_between(Lsn newer, Lsn older) {
    return newer > older ? newer - older : 0;
}

constexpr Bytes saturating_multiply(Bytes a, Bytes b) {
    if (a != 0 && b > std::numeric_limits<Bytes>::max() / a) {
        return std::numeric_limits<Bytes>::max();
    }
    return a * b;
}

// For SQL's bigint, which has no unsigned counterpart.
constexpr std::int64_t to_signed(std::uint64_t value) {
    constexpr auto largest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    return static_cast<std::int64_t>(value < largest ? value : largest);
}

} // namespace opsmon::core
