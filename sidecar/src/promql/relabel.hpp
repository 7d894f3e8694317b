#pragma once
// This component provides the label changes of label_replace() and label_join(). The planner makes
// one for each call; it is then asked once for each series.

#include "base/result.hpp"
#include "metrics/labels.hpp"

#include <functional>
#include <string>
#include <vector>

namespace opsmon::promql {

using Relabel = std::function<metrics::Labels(const metrics::Labels&)>;

[[nodiscard]] Result<Relabel> make_label_replace(const std::string& destination,
                                                 const std::string& replacement,
                                                 const std::string& source,
                                                 const std::string& regex);

[[nodiscard]] Result<Relabel> make_label_join(const std::string& destination,
                                              const std::string& separator,
                                              const std::vector<std::string>& sources);

// [a-zA-Z_][a-zA-Z0-9_]*
[[nodiscard]] bool is_label_name(std::string_view text);

} // namespace opsmon::promql
