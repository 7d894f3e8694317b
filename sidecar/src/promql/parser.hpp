#pragma once
// This component parses and type-checks a PromQL expression: Prometheus' grammar and precedence. In
// this version it takes instant selectors, literals, arithmetic, comparison, and/or/unless and the
// functions of the table; all else of PromQL is recognised and refused by name, never misread.
// Only `expression` uses it.

#include "base/result.hpp"
#include "promql/ast.hpp"

#include <string_view>

namespace opsmon::promql {

inline constexpr int kMaxNesting = 100;

[[nodiscard]] Result<ExprPtr> parse_tree(std::string_view text);

} // namespace opsmon::promql
