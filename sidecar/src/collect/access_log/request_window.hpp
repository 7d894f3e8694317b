#pragma once
// This component provides `RequestWindow`: requests, errors and durations of the last minute, for
// the gauges that a rule without rate() can use. Time is an argument; it is when a line was read,
// not what the line says. Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.hpp"

namespace opsmon::collect {

// Prometheus' usual ones, and two for the time-outs that proxies have.
inline constexpr std::array<double, 13> kDurationBounds{0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
                                                        1,     2.5,  5,     10,   30,  60};

std::size_t duration_bucket(double seconds);

class RequestWindow {
public:
    static constexpr std::size_t kSeconds = 60;

    // The second in which the next lines are counted.
    void advance(SteadyTime now);
    void add(bool error, std::optional<std::size_t> bucket);

    // Both nothing as long as it is not known.
    [[nodiscard]] std::optional<double> rate() const;
    [[nodiscard]] std::optional<double> error_ratio() const;
    [[nodiscard]] std::optional<double> quantile(double share) const;

private:
    struct Slot {
        std::uint64_t requests = 0;
        std::uint64_t errors = 0;
        std::array<std::uint64_t, kDurationBounds.size() + 1> durations{};
    };

    std::array<Slot, kSeconds> slots_{};
    std::optional<std::int64_t> began_at_; // in seconds
    std::int64_t second_ = 0;
};

} // namespace opsmon::collect
