#pragma once
// This component provides `ServiceState`: what is known of one service from its probes, and the
// rule by which an attempt counts. The probe writes to it, the collector reads it. Pure but for its
// lock: times are arguments.

#include <mutex>
#include <optional>
#include <string>

#include "base/clock.hpp"
#include "metrics/samples.hpp"

namespace opsmon::collect {

class ServiceState {
public:
    using Attempt = std::uint64_t;

    struct View {
        std::optional<bool> healthy; // nothing before the first attempt ended
        metrics::HistogramValue response_times;
    };

    explicit ServiceState(std::chrono::milliseconds timeout) : timeout_(timeout) {}

    Attempt begin(SteadyTime now);

    // Tells whether the attempt counts as healthy: an answer after the time-out does not. Nothing
    // when it was given up, and is counted already.
    std::optional<bool> end(Attempt attempt, bool healthy, SteadyTime now);

    // Counts an attempt that takes longer than the time-out as failed; true when it did so.
    bool give_up_if_late(SteadyTime now);

    [[nodiscard]] View view() const;

    // The counters of a service must not start over because its time-out was changed.
    void continue_from(const ServiceState& predecessor);

private:
    void record(bool healthy, SteadyTime now);

    mutable std::mutex mutex_;
    std::chrono::milliseconds timeout_;
    Attempt last_attempt_ = 0;
    std::optional<SteadyTime> begun_at_; // of the attempt under way
    std::optional<bool> healthy_;
    metrics::HistogramValue response_times_{
        {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10}};
};

} // namespace opsmon::collect
