#include "rules/lint_calls.hpp"

#include "base/duration.hpp"
#include "promql/functions.hpp"
#include "promql/limits.hpp"

#include <algorithm>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string_view>
#include <type_traits>

namespace opsmon::rules {
namespace {

using promql::Expr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

bool one_of(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

void check_rate(const std::string& name, const Shape& of, const KnownMetrics& known,
                const Complain& complain) {
    const auto facts = known.find(of.from);
    const bool gauge = facts && facts->kind == MetricKind::Gauge;
    const bool by_name = !facts && !of.from.ends_with("_total") && !of.from.ends_with("_count") &&
                         !of.from.ends_with("_sum") && !of.from.ends_with("_bucket") &&
                         of.from.find(':') == std::string::npos;
    if (gauge || by_name) {
        complain(name + "() of " + of.from +
                     (gauge ? ", a gauge" : ", which is no counter by its name"),
                 "each fall of a gauge looks like a restart of a counter, so the result means "
                 "nothing",
                 name == "rate" || name == "irate" ? "deriv(" + of.from + "[…])"
                 : name == "resets"                ? "changes(" + of.from + "[…])"
                                                   : "delta(" + of.from + "[…])");
    }
}

// Functions that say nothing of a single sample need two in their window, always.
void check_window(const std::string& name, const Expr& arg, const KnownMetrics& known,
                  const Complain& complain) {
    std::int64_t range_ms = 0;
    std::int64_t interval_ms = 0;
    if (const auto* range = std::get_if<promql::RangeSelector>(&arg.node)) {
        range_ms = range->range_ms;
        interval_ms = known.interval_ms(range->selector.metric_name);
    } else if (const auto* subquery = std::get_if<promql::Subquery>(&arg.node)) {
        range_ms = subquery->range_ms;
        interval_ms = subquery->step_ms > 0 ? subquery->step_ms : promql::Limits().subquery_step_ms;
    }
    if (range_ms >= 2 * interval_ms) {
        return;
    }
    const auto text = [](std::int64_t ms) {
        return format_duration(std::chrono::milliseconds(ms));
    };
    complain(name + "() over " + text(range_ms) + " of samples that are " + text(interval_ms) +
                 " apart",
             std::string("it takes two samples, and ") +
                 (range_ms < interval_ms ? "there are never two in that time: there is no result"
                                         : "at many moments there is only one in that time: the "
                                           "result comes and goes"),
             "a range of four samples: [" + text(4 * interval_ms) + "]");
}

// What a function leaves of the vector it is given.
void keep_from(const std::string& name, const Shape& from, Shape& out) {
    const bool free_labels = one_of(name, {"label_replace", "label_join"});
    out.labels = from.labels;
    out.open = from.open || free_labels;
    out.aggregated = from.aggregated && !free_labels;
    if (free_labels) {
        for (auto& [label, facts] : out.labels) {
            facts = {};
        }
    }
    if (!one_of(name, {"last_over_time", "sort", "sort_desc"})) {
        drop_name(out);
    }
    if (name == "histogram_quantile") {
        out.labels.erase("le");
        return;
    }
    if (one_of(name, {"rate", "irate", "increase"})) {
        out.low = 0;
        out.unit = from.unit;
        out.per_second = name != "increase";
        out.of_network = from.of_network;
    } else if (one_of(name, {"delta", "deriv", "idelta", "predict_linear"})) {
        out.unit = from.unit;
        out.per_second = name == "deriv";
    } else if (one_of(name,
                      {"avg_over_time", "max_over_time", "min_over_time", "last_over_time",
                       "quantile_over_time", "sort", "sort_desc", "label_replace", "label_join"})) {
        out.low = from.low;
        out.high = from.high;
        out.unit = from.unit;
        out.per_second = from.per_second;
        out.of_network = from.of_network;
    } else if (one_of(name, {"count_over_time", "present_over_time"})) {
        out.low = 1;
        out.high = name == "present_over_time" ? 1 : kInfinity;
    } else if (one_of(name, {"changes", "resets", "abs", "sqrt"})) {
        out.low = 0;
    }
}

const promql::VectorSelector* selector_in(const Expr& expr) {
    return std::visit(
        [](const auto& node) -> const promql::VectorSelector* {
            if constexpr (std::is_same_v<std::decay_t<decltype(node)>, promql::VectorSelector>) {
                return &node;
            } else if constexpr (requires { node.selector; }) {
                return &node.selector;
            } else {
                return nullptr;
            }
        },
        expr.node);
}

} // namespace

void check_call(const promql::Call& call, const std::vector<Shape>& args, const KnownMetrics& known,
                const Complain& complain) {
    const std::string name(call.function->name);
    if (one_of(name, {"rate", "irate", "increase", "resets"}) && !args.empty() &&
        !args[0].from.empty()) {
        check_rate(name, args[0], known, complain);
    }
    if (one_of(name, {"delta", "idelta", "deriv", "predict_linear"}) && !args.empty() &&
        args[0].raw_counter) {
        complain(name + "() of the counter " + args[0].from,
                 "it falls to 0 when its source restarts, and " + name + "() takes that for a fall",
                 (name == "deriv" ? "rate(" : "increase(") + args[0].from + "[…])");
    }
    if (one_of(name, {"rate", "irate", "increase", "delta", "idelta", "deriv", "predict_linear",
                      "holt_winters", "changes", "resets"})) {
        check_window(name, *call.args[0], known, complain);
    }
    if (name == "timestamp" && !call.args.empty() &&
        !std::holds_alternative<promql::VectorSelector>(call.args[0]->node)) {
        complain("timestamp() of something that is no selector",
                 "that is the moment of the evaluation, and never an earlier one",
                 "timestamp(metric), compared afterwards");
    }
    if (name == "histogram_quantile" && args.size() == 2 && !args[1].open &&
        !args[1].labels.contains("le")) {
        complain("histogram_quantile() of series without the label le",
                 "without le there are no buckets, and no result",
                 "keep le: sum by (le, …) (rate(…_bucket[5m]))");
    }
}

Shape result_of(const promql::Call& call, const std::vector<Shape>& args) {
    const std::string name(call.function->name);
    Shape out;
    out.vector = call.function->result == promql::ValueType::InstantVector;
    if (name == "absent" || name == "absent_over_time") {
        out.open = false;
        if (const auto* selector = selector_in(*call.args[0])) {
            for (const auto& matcher : selector->matchers) {
                if (matcher.kind() == promql::MatchKind::Equal &&
                    matcher.name() != metrics::kMetricName && !matcher.value().empty()) {
                    out.labels[matcher.name()] = {true, matcher.value()};
                }
            }
        }
        out.low = out.high = 1;
        return out;
    }
    if (name == "vector" && !args.empty()) {
        out.open = false;
        out.low = args[0].low;
        out.high = args[0].high;
        return out;
    }
    if (!out.vector) {
        out.open = false;
        return out;
    }
    const auto from =
        std::find_if(args.begin(), args.end(), [](const Shape& arg) { return arg.vector; });
    if (from == args.end()) {
        return out; // hour() and its like
    }
    keep_from(name, *from, out);
    return out;
}

} // namespace opsmon::rules
