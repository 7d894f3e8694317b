#pragma once
// This component turns the result of a recording rule into the series it writes. Only the engine
// uses it.

#include "base/result.hpp"
#include "promql/value.hpp"
#include "rules/rule.hpp"

#include <vector>

namespace opsmon::rules {

// An error where two samples become one series.
[[nodiscard]] Result<std::vector<metrics::SeriesPoint>> recorded(const Rule& rule,
                                                                 const promql::Vector& vector);

} // namespace opsmon::rules
