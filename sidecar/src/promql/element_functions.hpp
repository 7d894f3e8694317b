#pragma once
// This component provides the PromQL functions that turn each value of a vector into another:
// mathematics, dates, clamping and rounding. The planner finds them by name.

#include <optional>
#include <span>
#include <string_view>

namespace opsmon::promql {

// Of a value and the scalar arguments; nothing where the series has no result.
using ElementFunction = std::optional<double> (*)(double value, std::span<const double> scalars);

[[nodiscard]] ElementFunction find_element_function(std::string_view name); // null: not one of them

} // namespace opsmon::promql
