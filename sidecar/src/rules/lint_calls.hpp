#pragma once
// This component knows for the lint of rules what functions of PromQL make of what they are given,
// and what they must not be given: the rate of a gauge, the quantile of what has no buckets.

#include "promql/ast.hpp"
#include "rules/lint_shape.hpp"

#include <vector>

namespace opsmon::rules {

void check_call(const promql::Call& call, const std::vector<Shape>& args, const KnownMetrics& known,
                const Complain& complain);
[[nodiscard]] Shape result_of(const promql::Call& call, const std::vector<Shape>& args);

} // namespace opsmon::rules
