#pragma once
// This component provides the table of PromQL functions and aggregations: name, argument types and
// result type. The parser checks calls against it, the planner finds the code by it. What
// Prometheus has and this version has not is known by name, so that it is refused as "not
// supported" and not as unknown.

#include "promql/ast.hpp"

#include <limits>
#include <optional>
#include <string_view>
#include <vector>

namespace opsmon::promql {

inline constexpr std::size_t kAnyNumber = std::numeric_limits<std::size_t>::max();

struct Function {
    std::string_view name;
    std::vector<ValueType> args; // the last one stands for all that follow
    std::size_t fewest_args;
    std::size_t most_args;
    ValueType result;
};

[[nodiscard]] const Function* find_function(std::string_view name);
[[nodiscard]] bool is_known_but_unsupported(std::string_view name);
[[nodiscard]] std::optional<AggregationOp> find_aggregation(std::string_view lower_case_name);

} // namespace opsmon::promql
