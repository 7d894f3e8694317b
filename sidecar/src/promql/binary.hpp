#pragma once
// This component computes the binary operators of PromQL on values: arithmetic, comparison, and the
// sets and/or/unless, matching series on all their labels. Only the evaluator uses it.

#include "base/result.hpp"
#include "promql/ast.hpp"
#include "promql/value.hpp"

namespace opsmon::promql {

[[nodiscard]] Result<Value> apply_binary(BinaryOp op, bool returns_bool, Value lhs, Value rhs);

} // namespace opsmon::promql
