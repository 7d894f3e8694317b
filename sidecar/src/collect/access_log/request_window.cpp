#include "collect/access_log/request_window.hpp"

#include <algorithm>
#include <numeric>

namespace opsmon::collect {
namespace {

constexpr std::int64_t kMinSecondsForRate = 10;

} // namespace

std::size_t duration_bucket(double seconds) {
    return static_cast<std::size_t>(
        std::lower_bound(kDurationBounds.begin(), kDurationBounds.end(), seconds) -
        kDurationBounds.begin());
}

void RequestWindow::advance(SteadyTime now) {
    const auto second =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    if (!began_at_) {
        began_at_ = second_ = second;
    }
    const auto steps = std::min<std::int64_t>(second - second_, kSeconds);
    for (std::int64_t step = 1; step <= steps; ++step) {
        slots_[static_cast<std::size_t>(second_ + step) % kSeconds] = Slot();
    }
    if (steps == static_cast<std::int64_t>(kSeconds)) {
        slots_.fill(Slot());
    }
    second_ = std::max(second_, second);
}

void RequestWindow::add(bool error, std::optional<std::size_t> bucket) {
    Slot& slot = slots_[static_cast<std::size_t>(second_) % kSeconds];
    ++slot.requests;
    slot.errors += error ? 1 : 0;
    if (bucket) {
        ++slot.durations[*bucket];
    }
}

std::optional<double> RequestWindow::rate() const {
    if (!began_at_ || second_ - *began_at_ < kMinSecondsForRate) {
        return std::nullopt;
    }
    std::uint64_t requests = 0;
    for (const Slot& slot : slots_) {
        requests += slot.requests;
    }
    const auto seconds = std::min<std::int64_t>(second_ - *began_at_, kSeconds);
    return static_cast<double>(requests) / static_cast<double>(seconds);
}

std::optional<double> RequestWindow::error_ratio() const {
    std::uint64_t requests = 0;
    std::uint64_t errors = 0;
    for (const Slot& slot : slots_) {
        requests += slot.requests;
        errors += slot.errors;
    }
    if (requests == 0) {
        return std::nullopt;
    }
    return static_cast<double>(errors) / static_cast<double>(requests);
}

std::optional<double> RequestWindow::quantile(double share) const {
    std::array<std::uint64_t, kDurationBounds.size() + 1> sums{};
    for (const Slot& slot : slots_) {
        for (std::size_t i = 0; i < sums.size(); ++i) {
            sums[i] += slot.durations[i];
        }
    }
    const auto total = std::accumulate(sums.begin(), sums.end(), std::uint64_t{0});
    if (total == 0) {
        return std::nullopt;
    }
    double left = share * static_cast<double>(total);
    for (std::size_t i = 0; i < kDurationBounds.size(); ++i) {
        const auto count = static_cast<double>(sums[i]);
        if (count >= left && count > 0) {
            const double lower = i == 0 ? 0 : kDurationBounds[i - 1];
            return lower + (kDurationBounds[i] - lower) * left / count;
        }
        left -= count;
    }
    return kDurationBounds.back(); // it is more; nobody knows how much
}

} // namespace opsmon::collect
