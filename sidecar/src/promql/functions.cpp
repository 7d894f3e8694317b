#include "promql/functions.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <set>

namespace opsmon::promql {
namespace {

Value run_time(const CallContext& context, std::vector<Value>&) {
    return static_cast<double>(context.at) / 1000.0;
}

Value run_vector(const CallContext&, std::vector<Value>& args) {
    return Vector{{metrics::Labels(), std::get<double>(args[0])}};
}

Value run_scalar(const CallContext&, std::vector<Value>& args) {
    const auto& vector = std::get<Vector>(args[0]);
    return vector.size() == 1 ? vector[0].value : std::numeric_limits<double>::quiet_NaN();
}

// What is absent is described by the equality matchers that asked for it. A label that was matched
// more than once, or otherwise than by equality after that, has no one value and is left out.
metrics::Labels labels_of_what_is_absent(const Expr& arg) {
    metrics::Labels labels;
    const auto* selector = std::get_if<VectorSelector>(&arg.node);
    if (selector == nullptr) {
        return labels;
    }
    std::set<std::string> seen;
    for (const auto& matcher : selector->matchers) {
        if (matcher.name() == metrics::kMetricName) {
            continue;
        }
        if (matcher.kind() == MatchKind::Equal && seen.insert(matcher.name()).second) {
            labels.set(matcher.name(), matcher.value());
        } else {
            labels.remove(matcher.name());
        }
    }
    return labels;
}

Value run_absent(const CallContext& context, std::vector<Value>& args) {
    if (!std::get<Vector>(args[0]).empty()) {
        return Vector{};
    }
    return Vector{{labels_of_what_is_absent(*context.call->args[0]), 1}};
}

const std::vector<Function>& table() {
    static const std::vector<Function> functions = {
        {"absent", {ValueType::InstantVector}, ValueType::InstantVector, run_absent},
        {"scalar", {ValueType::InstantVector}, ValueType::Scalar, run_scalar},
        {"time", {}, ValueType::Scalar, run_time},
        {"vector", {ValueType::Scalar}, ValueType::InstantVector, run_vector},
    };
    return functions;
}

constexpr auto kUnsupported = std::to_array<std::string_view>({"abs",
                                                               "absent_over_time",
                                                               "acos",
                                                               "acosh",
                                                               "asin",
                                                               "asinh",
                                                               "atan",
                                                               "atanh",
                                                               "avg_over_time",
                                                               "ceil",
                                                               "changes",
                                                               "clamp",
                                                               "clamp_max",
                                                               "clamp_min",
                                                               "cos",
                                                               "cosh",
                                                               "count_over_time",
                                                               "day_of_month",
                                                               "day_of_week",
                                                               "day_of_year",
                                                               "days_in_month",
                                                               "deg",
                                                               "delta",
                                                               "deriv",
                                                               "exp",
                                                               "floor",
                                                               "histogram_count",
                                                               "histogram_fraction",
                                                               "histogram_quantile",
                                                               "histogram_sum",
                                                               "holt_winters",
                                                               "hour",
                                                               "idelta",
                                                               "increase",
                                                               "irate",
                                                               "label_join",
                                                               "label_replace",
                                                               "last_over_time",
                                                               "ln",
                                                               "log10",
                                                               "log2",
                                                               "max_over_time",
                                                               "min_over_time",
                                                               "minute",
                                                               "month",
                                                               "pi",
                                                               "predict_linear",
                                                               "present_over_time",
                                                               "quantile_over_time",
                                                               "rad",
                                                               "rate",
                                                               "resets",
                                                               "round",
                                                               "sgn",
                                                               "sin",
                                                               "sinh",
                                                               "sort",
                                                               "sort_desc",
                                                               "sqrt",
                                                               "stddev_over_time",
                                                               "stdvar_over_time",
                                                               "sum_over_time",
                                                               "tan",
                                                               "tanh",
                                                               "timestamp",
                                                               "year"});

constexpr auto kAggregations =
    std::to_array<std::string_view>({"avg", "bottomk", "count", "count_values", "group", "max",
                                     "min", "quantile", "stddev", "stdvar", "sum", "topk"});

} // namespace

const Function* find_function(std::string_view name) {
    const auto found = std::find_if(table().begin(), table().end(),
                                    [name](const Function& f) { return f.name == name; });
    return found == table().end() ? nullptr : &*found;
}

bool is_known_but_unsupported(std::string_view name) {
    return std::find(kUnsupported.begin(), kUnsupported.end(), name) != kUnsupported.end();
}

bool is_aggregation(std::string_view lower_case_name) {
    return std::find(kAggregations.begin(), kAggregations.end(), lower_case_name) !=
           kAggregations.end();
}

} // namespace opsmon::promql
