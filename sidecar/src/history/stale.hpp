#pragma once
// This component provides the stale marker: the one NaN, told by its bits, that says "this series
// ended here". History writes it and PromQL never shows it. An ordinary NaN is an ordinary value.

#include <bit>
#include <cstdint>

namespace opsmon::history {

inline constexpr std::uint64_t kStaleBits = 0x7ff0000000000002ULL; // the bits Prometheus uses

inline double stale_marker() {
    return std::bit_cast<double>(kStaleBits);
}
inline bool is_stale(double value) {
    return std::bit_cast<std::uint64_t>(value) == kStaleBits;
}

} // namespace opsmon::history
