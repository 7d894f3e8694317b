#pragma once
// This component provides `Source`, what every collector is to the rest of the sidecar, and the
// report it makes of one cycle. The runner calls a source from one thread only. A source may take
// as long as its own limits allow; it holds up nobody else.

#include <functional>
#include <string>
#include <vector>

#include "base/clock.hpp"
#include "base/result.hpp"
#include "base/scheduler.hpp"
#include "metrics/samples.hpp"

namespace opsmon::collect {

// One of several that a collector asks and that did not answer: by the label that tells its series
// from those of the others.
struct SilentTarget {
    std::string label;
    std::string value;
};

// What one collector found. Samples of a failed collector are kept: they are the part that worked.
struct CollectorReport {
    std::string collector;
    bool success = false;
    std::string error; // why not
    double duration_seconds = 0;
    metrics::SampleList samples;
    // What is missing of these is unknown, also where the collector as a whole succeeds.
    std::vector<SilentTarget> silent = {};
};

// One now per cycle, both clocks.
struct CycleTime {
    TimestampMs wall = 0;
    SteadyTime steady;
};

class Source {
public:
    virtual ~Source() = default;

    // The collectors it reports, always the same: each has its opsmon_collector_success.
    [[nodiscard]] virtual std::vector<std::string> collectors() const = 0;

    // Returns early when `stop` is requested, where it waits at all.
    virtual std::vector<CollectorReport> collect(const CycleTime& now, const StopSignal& stop) = 0;
};

} // namespace opsmon::collect
