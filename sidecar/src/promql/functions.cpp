#include "promql/functions.hpp"

#include <algorithm>
#include <array>

namespace opsmon::promql {
namespace {

constexpr auto kScalar = ValueType::Scalar;
constexpr auto kVector = ValueType::InstantVector;
constexpr auto kRange = ValueType::RangeVector;
constexpr auto kString = ValueType::String;

std::vector<Function> make_table() {
    std::vector<Function> out = {
        {"absent", {kVector}, 1, 1, kVector},
        {"clamp", {kVector, kScalar, kScalar}, 3, 3, kVector},
        {"clamp_max", {kVector, kScalar}, 2, 2, kVector},
        {"clamp_min", {kVector, kScalar}, 2, 2, kVector},
        {"histogram_quantile", {kScalar, kVector}, 2, 2, kVector},
        {"holt_winters", {kRange, kScalar, kScalar}, 3, 3, kVector},
        {"label_join", {kVector, kString, kString, kString}, 3, kAnyNumber, kVector},
        {"label_replace", {kVector, kString, kString, kString, kString}, 5, 5, kVector},
        {"pi", {}, 0, 0, kScalar},
        {"predict_linear", {kRange, kScalar}, 2, 2, kVector},
        {"quantile_over_time", {kScalar, kRange}, 2, 2, kVector},
        {"round", {kVector, kScalar}, 1, 2, kVector},
        {"scalar", {kVector}, 1, 1, kScalar},
        {"sort", {kVector}, 1, 1, kVector},
        {"sort_desc", {kVector}, 1, 1, kVector},
        {"time", {}, 0, 0, kScalar},
        {"timestamp", {kVector}, 1, 1, kVector},
        {"vector", {kScalar}, 1, 1, kVector},
    };
    for (const std::string_view name :
         {"abs", "acos", "acosh", "asin", "asinh", "atan", "atanh", "ceil",
          "cos", "cosh", "deg",   "exp",  "floor", "ln",   "log10", "log2",
          "rad", "sgn",  "sin",   "sinh", "sqrt",  "tan",  "tanh"}) {
        out.push_back({name, {kVector}, 1, 1, kVector});
    }
    for (const std::string_view name : {"day_of_month", "day_of_week", "day_of_year",
                                        "days_in_month", "hour", "minute", "month", "year"}) {
        out.push_back({name, {kVector}, 0, 1, kVector});
    }
    for (const std::string_view name :
         {"absent_over_time", "avg_over_time", "changes", "count_over_time", "delta", "deriv",
          "idelta", "increase", "irate", "last_over_time", "max_over_time", "min_over_time",
          "present_over_time", "rate", "resets", "stddev_over_time", "stdvar_over_time",
          "sum_over_time"}) {
        out.push_back({name, {kRange}, 1, 1, kVector});
    }
    return out;
}

// Those of native histograms.
constexpr auto kUnsupported =
    std::to_array<std::string_view>({"histogram_count", "histogram_fraction", "histogram_sum"});

struct NamedAggregation {
    std::string_view name;
    AggregationOp op;
};

constexpr auto kAggregations =
    std::to_array<NamedAggregation>({{"avg", AggregationOp::Avg},
                                     {"bottomk", AggregationOp::Bottomk},
                                     {"count", AggregationOp::Count},
                                     {"count_values", AggregationOp::CountValues},
                                     {"group", AggregationOp::Group},
                                     {"max", AggregationOp::Max},
                                     {"min", AggregationOp::Min},
                                     {"quantile", AggregationOp::Quantile},
                                     {"stddev", AggregationOp::Stddev},
                                     {"stdvar", AggregationOp::Stdvar},
                                     {"sum", AggregationOp::Sum},
                                     {"topk", AggregationOp::Topk}});

} // namespace

const Function* find_function(std::string_view name) {
    static const auto table = make_table();
    const auto found = std::find_if(table.begin(), table.end(),
                                    [name](const Function& f) { return f.name == name; });
    return found == table.end() ? nullptr : &*found;
}

bool is_known_but_unsupported(std::string_view name) {
    return std::find(kUnsupported.begin(), kUnsupported.end(), name) != kUnsupported.end();
}

std::optional<AggregationOp> find_aggregation(std::string_view lower_case_name) {
    const auto* found =
        std::find_if(kAggregations.begin(), kAggregations.end(),
                     [&](const NamedAggregation& one) { return one.name == lower_case_name; });
    return found == kAggregations.end() ? std::nullopt : std::optional(found->op);
}

} // namespace opsmon::promql
