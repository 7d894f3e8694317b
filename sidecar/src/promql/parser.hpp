#pragma once
// This component parses and type-checks a PromQL expression: Prometheus' grammar and precedence.
// What Prometheus knows and this version does not (native histograms) is refused by name, never
// misread. Only `expression` uses it.

#include "base/result.hpp"
#include "promql/ast.hpp"

#include <string_view>

namespace opsmon::promql {

inline constexpr int kMaxNesting = 100;

[[nodiscard]] Result<ExprPtr> parse_tree(std::string_view text);

} // namespace opsmon::promql
