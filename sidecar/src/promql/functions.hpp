#pragma once
// This component provides the table of PromQL functions: name, argument types, result type and the
// code. The parser checks calls against it, the evaluator runs it. A function of Prometheus that is
// not here yet is known by name, so that it can be refused as "not supported" and not as unknown.

#include "base/clock.hpp"
#include "promql/ast.hpp"

#include <string_view>
#include <vector>

namespace opsmon::promql {

struct CallContext {
    TimestampMs at = 0;
    const Call* call = nullptr; // for absent(), which reads the matchers of its argument
};

struct Function {
    std::string_view name;
    std::vector<ValueType> args;
    ValueType result;
    Value (*run)(const CallContext& context, std::vector<Value>& args);
};

[[nodiscard]] const Function* find_function(std::string_view name);

// A function or aggregation that Prometheus has and this version has not.
[[nodiscard]] bool is_known_but_unsupported(std::string_view name);
[[nodiscard]] bool is_aggregation(std::string_view lower_case_name);

} // namespace opsmon::promql
