#pragma once
// This component reads the samples of a series as rule tests write them: `1 2 _ stale 0+10x20`.
// The reader of rule test files uses it. The notation, and what is refused in it, is promtool's.

#include "base/result.hpp"

#include <optional>
#include <string_view>
#include <vector>

namespace opsmon::rules {

inline constexpr std::size_t kMaxSeriesValues = 1'000'000;

// One entry for each interval from the start on; nothing where no sample is. Of what repeats longer
// than `values_wanted` the rest is left out.
[[nodiscard]] Result<std::vector<std::optional<double>>>
parse_series_values(std::string_view text, std::size_t values_wanted);

} // namespace opsmon::rules
