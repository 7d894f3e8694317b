#pragma once
// This component is how rules write back: what they derive from series becomes series that later
// rules read. The history of the sidecar takes them, and so does the storage of rule tests. It
// knows no rule and never reads a clock.

#include "base/clock.hpp"
#include "metrics/labels.hpp"

#include <span>

namespace opsmon::history {

class Derived {
public:
    Derived() = default;
    Derived(const Derived&) = default;
    Derived& operator=(const Derived&) = default;
    Derived(Derived&&) = default;
    Derived& operator=(Derived&&) = default;
    virtual ~Derived() = default;

    // Samples of series that only rules write, seen at once by who asks for the moment `at`. The
    // next snapshot does not end such a series: its writer does, with a stale marker as the value.
    // A series that a collector writes is left as it is.
    virtual void append_derived(TimestampMs at, std::span<const metrics::SeriesPoint> points) = 0;
};

} // namespace opsmon::history
