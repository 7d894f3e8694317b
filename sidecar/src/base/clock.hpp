#pragma once
// This component provides the two clocks of the sidecar: wall time, in milliseconds since the Unix
// epoch (what Prometheus stores with a sample), and steady time, for durations and deadlines. Only
// main, the scheduler and the edges read them; everything that decides takes the time as an
// argument.

#include <chrono>
#include <cstdint>

namespace opsmon {

using TimestampMs = std::int64_t; // Unix time, milliseconds
using SteadyTime = std::chrono::steady_clock::time_point;

inline TimestampMs wall_now() {
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

inline SteadyTime steady_now() {
    return std::chrono::steady_clock::now();
}

} // namespace opsmon
