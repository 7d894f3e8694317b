#pragma once
// This component evaluates a PromQL expression, at one moment or at every step of a range, with the
// semantics of Prometheus 2.42. Rules, templates and the query API use it. It reads no clock.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "history/source.hpp"
#include "promql/expression.hpp"
#include "promql/limits.hpp"
#include "promql/value.hpp"

namespace opsmon::promql {

[[nodiscard]] Result<Value> evaluate(const Expression& expression, const history::Source& source,
                                     TimestampMs at, const Limits& limits = {});

// As rules and templates read a result: a scalar becomes one sample without labels, a string or a
// range is an error.
[[nodiscard]] Result<Vector> evaluate_vector(const Expression& expression,
                                             const history::Source& source, TimestampMs at,
                                             const Limits& limits = {});

struct RangeOfTime {
    TimestampMs start = 0;
    TimestampMs end = 0; // belongs to it
    std::int64_t step_ms = 0;
};

// The values at start, start + step, … of each series, in the order of labels.
[[nodiscard]] Result<Matrix> evaluate_range(const Expression& expression,
                                            const history::Source& source, const RangeOfTime& range,
                                            const Limits& limits = {});

// Reads from `source` what an evaluation at these moments reads, in the same order, and evaluates
// nothing: whatever the samples are, the evaluation asks for no others. At one moment: a range from
// it to itself.
[[nodiscard]] Result<void> rehearse(const Expression& expression, const history::Source& source,
                                    const RangeOfTime& range, const Limits& limits = {});

// Why a range cannot be evaluated, whatever the samples are; as Prometheus says it.
[[nodiscard]] Result<void> check_range(const RangeOfTime& range, const Limits& limits);
[[nodiscard]] Result<void> check_range_type(const Expression& expression);

} // namespace opsmon::promql
