#pragma once
// This component evaluates a PromQL expression at one moment on the history, with the semantics of
// Prometheus. Rules and the `query` function of templates use it. It reads no clock.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "history/history.hpp"
#include "promql/expression.hpp"
#include "promql/value.hpp"

namespace opsmon::promql {

inline constexpr std::size_t kMaxResultSeries = 10'000;

[[nodiscard]] Result<Value> evaluate(const Expression& expression, const history::History& history,
                                     TimestampMs at);

// As rules and templates read a result: a scalar becomes one sample without labels, a string is an
// error.
[[nodiscard]] Result<Vector> evaluate_vector(const Expression& expression,
                                             const history::History& history, TimestampMs at);

} // namespace opsmon::promql
