#pragma once
// This component reads one series as it is written out: name{label="value"}. Rule tests name their
// input and the samples they expect with it; for input promtool is stricter, and so is this.

#include "base/result.hpp"
#include "metrics/labels.hpp"

#include <string_view>

namespace opsmon::rules {

[[nodiscard]] Result<metrics::Labels> parse_metric(std::string_view text);
// Without comments, line breaks and a blank before the {, and with a label at least.
[[nodiscard]] Result<metrics::Labels> parse_input_series(std::string_view text);

} // namespace opsmon::rules
