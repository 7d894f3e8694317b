#pragma once
// This component provides the PromQL functions of a range of samples of one series: rates, the
// *_over_time family, regression and smoothing, each with Prometheus' own arithmetic. The planner
// finds them by name.

#include "history/source.hpp"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace opsmon::promql {

struct Window {
    std::span<const history::Point> points; // at least one, none stale
    TimestampMs start = 0;                  // of the range; both ends belong to it
    TimestampMs end = 0;
    TimestampMs at = 0; // the moment of evaluation
    std::span<const double> scalars;
};

// Nothing where the series has no result. `fault` is filled where the arguments are wrong.
using RangeFunction = std::optional<double> (*)(const Window& window, std::string& fault);

[[nodiscard]] RangeFunction find_range_function(std::string_view name); // null: not one of them

} // namespace opsmon::promql
