#include "promql/plan.hpp"

#include "promql/aggregation_node.hpp"
#include "promql/binary_nodes.hpp"
#include "promql/call_nodes.hpp"
#include "promql/functions.hpp"
#include "promql/relabel.hpp"
#include "promql/vector_nodes.hpp"

#include <algorithm>
#include <cstdlib>
#include <numbers>
#include <set>
#include <utility>

namespace opsmon::promql {
namespace {

// Whose result depends on the step although no argument does.
bool reads_the_step(std::string_view function) {
    static const std::set<std::string_view> names = {
        "day_of_month", "day_of_week",    "day_of_year", "days_in_month", "hour", "minute",
        "month",        "predict_linear", "time",        "timestamp",     "year"};
    return names.contains(function);
}

// Whether the expression gives the same at every step.
bool is_constant(const Expr& expr) {
    if (const auto* selector = selector_of(expr)) {
        return selector->moment.at.has_value();
    }
    if (const auto* subquery = std::get_if<Subquery>(&expr.node)) {
        return subquery->moment.at.has_value();
    }
    if (const auto* call = std::get_if<Call>(&expr.node);
        call != nullptr && reads_the_step(call->function->name)) {
        return false;
    }
    if (const auto* aggregation = std::get_if<Aggregation>(&expr.node)) {
        return is_constant(*aggregation->expr); // Prometheus takes the parameter of the first step
    }
    bool constant = true;
    for_each_operand(expr,
                     [&](const Expr& operand) { constant = constant && is_constant(operand); });
    return constant;
}

// What is absent is described by the equality matchers that asked for it. A label that was matched
// more than once, or otherwise than by equality after that, has no one value and is left out.
metrics::Labels labels_of_what_is_absent(const Expr& arg) {
    metrics::Labels labels;
    const auto* selector = selector_of(arg);
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

const std::string& text_of(const Expr& expr) {
    return std::get<StringLiteral>(expr.node).value;
}

} // namespace

NodePtr Planner::plan(const Expr& expr, const Steps& steps) {
    const auto build = [&](const Steps& over) {
        return std::visit([&](const auto& node) { return plan_node(node, expr, over); }, expr.node);
    };
    // In the parameter of an aggregation Prometheus looks for nothing that stays the same.
    if (steps.single() || in_parameter_ || std::holds_alternative<NumberLiteral>(expr.node) ||
        !is_constant(expr)) {
        return build(steps);
    }
    auto inner = build({steps.start, steps.start, 1});
    return inner == nullptr ? nullptr : make<ConstantNode>(std::move(inner), steps.start);
}

std::optional<Reference> Planner::reference(const Moment& moment, const Steps& steps) {
    Reference out{moment.offset_ms, std::nullopt};
    if (moment.at) {
        // There Prometheus 2.42 forgets start() and end(), and lets what @ holds move on.
        const bool same = steps.single() && (moment.at->kind == At::Kind::Time ||
                                             (steps.start == start_ && start_ == end_));
        if (in_parameter_ && !same) {
            run_.fail("@ in the parameter of an aggregation is not supported over several steps; "
                      "ask for one moment, or leave @ out");
            return std::nullopt;
        }
        out.fixed = moment.at->kind == At::Kind::Time    ? moment.at->time
                    : moment.at->kind == At::Kind::Start ? start_
                                                         : end_;
    }
    return out;
}

NodePtr Planner::plan_node(const NumberLiteral& node, const Expr&, const Steps&) {
    return make<NumberNode>(node.value);
}

NodePtr Planner::plan_node(const VectorSelector& node, const Expr&, const Steps& steps) {
    const auto when = reference(node.moment, steps);
    return when ? InstantNode::make(run_, node, *when, steps, false) : nullptr;
}

// Strings, ranges and subqueries are read by those they are arguments of, or are the whole
// expression; the type check lets them stand nowhere else.
NodePtr Planner::plan_node(const StringLiteral&, const Expr&, const Steps&) {
    run_.fail("a string has no value at a step");
    return nullptr;
}
NodePtr Planner::plan_node(const RangeSelector&, const Expr&, const Steps&) {
    run_.fail("a range has no value at a step");
    return nullptr;
}
NodePtr Planner::plan_node(const Subquery&, const Expr&, const Steps&) {
    run_.fail("a subquery has no value at a step");
    return nullptr;
}

NodePtr Planner::plan_node(const UnaryPlus& node, const Expr&, const Steps& steps) {
    return plan(*node.operand, steps);
}

NodePtr Planner::plan_node(const Negation& node, const Expr&, const Steps& steps) {
    auto operand = plan(*node.operand, steps);
    return operand == nullptr ? nullptr : make<NegationNode>(std::move(operand));
}

NodePtr Planner::plan_node(const Binary& node, const Expr&, const Steps& steps) {
    auto lhs = plan(*node.lhs, steps);
    auto rhs = lhs == nullptr ? nullptr : plan(*node.rhs, steps);
    if (rhs == nullptr) {
        return nullptr;
    }
    const Operation operation{node.op, node.returns_bool};
    const bool left_scalar = node.lhs->type == ValueType::Scalar;
    const bool right_scalar = node.rhs->type == ValueType::Scalar;
    if (is_set_operator(node.op)) {
        return make<SetNode>(node.op, node.matching, std::move(lhs), std::move(rhs));
    }
    if (left_scalar && right_scalar) {
        return make<ScalarsNode>(operation, std::move(lhs), std::move(rhs));
    }
    if (left_scalar) {
        return make<VectorScalarNode>(operation, std::move(rhs), std::move(lhs), true);
    }
    if (right_scalar) {
        return make<VectorScalarNode>(operation, std::move(lhs), std::move(rhs), false);
    }
    return make<VectorsNode>(operation, node.matching, std::move(lhs), std::move(rhs));
}

NodePtr Planner::plan_node(const Aggregation& node, const Expr&, const Steps& steps) {
    auto operand = plan(*node.expr, steps);
    NodePtr parameter;
    std::string value_label;
    if (operand != nullptr && node.op == AggregationOp::CountValues) {
        value_label = text_of(*node.parameter);
    } else if (operand != nullptr && node.parameter != nullptr) {
        const bool outer = std::exchange(in_parameter_, true);
        parameter = plan(*node.parameter, steps);
        in_parameter_ = outer;
        operand = parameter == nullptr ? nullptr : std::move(operand);
    }
    return operand == nullptr
               ? nullptr
               : make<AggregationNode>(node, std::move(parameter), value_label, std::move(operand));
}

NodePtr Planner::plan_node(const Call& node, const Expr&, const Steps& steps) {
    const auto& args = node.function->args;
    if (std::find(args.begin(), args.end(), ValueType::RangeVector) != args.end()) {
        return plan_range_call(node, steps);
    }
    if (node.args.empty() || args.front() == ValueType::Scalar) {
        return plan_scalar_call(node, steps);
    }
    return plan_vector_call(node, steps);
}

// Calls without a vector in front: constants, time, and what takes a scalar first.
NodePtr Planner::plan_scalar_call(const Call& call, const Steps& steps) {
    const auto name = call.function->name;
    if (name == "pi") {
        return make<NumberNode>(std::numbers::pi);
    }
    if (name == "time") {
        return make<TimeNode>();
    }
    if (name == "vector") {
        return plan(*call.args[0], steps); // a scalar is one item without labels already
    }
    if (name == "histogram_quantile") {
        auto q = plan(*call.args[0], steps);
        auto operand = q == nullptr ? nullptr : plan(*call.args[1], steps);
        return operand == nullptr ? nullptr
                                  : make<HistogramQuantileNode>(std::move(q), std::move(operand));
    }
    // A date function without argument: that of the step.
    return make<ElementCallNode>(find_element_function(name), make<TimeNode>(),
                                 ScalarArguments({}));
}

NodePtr Planner::plan_vector_call(const Call& call, const Steps& steps) {
    const auto name = call.function->name;
    if (name == "timestamp") {
        return plan_timestamp(call, steps);
    }
    if (name == "label_replace" || name == "label_join") {
        return plan_relabel(call, steps);
    }
    auto operand = plan(*call.args[0], steps);
    if (operand == nullptr) {
        return nullptr;
    }
    if (name == "absent") {
        return make<AbsentNode>(std::move(operand), labels_of_what_is_absent(*call.args[0]));
    }
    if (name == "scalar") {
        return make<ScalarNode>(std::move(operand));
    }
    if (name == "sort" || name == "sort_desc") {
        return make<SortNode>(std::move(operand), name == "sort_desc");
    }
    auto others = scalars(call, steps);
    return others ? make<ElementCallNode>(find_element_function(name), std::move(operand),
                                          ScalarArguments(std::move(*others)))
                  : nullptr;
}

NodePtr Planner::plan_range_call(const Call& call, const Steps& steps) {
    const auto range = std::find_if(call.args.begin(), call.args.end(), [](const ExprPtr& arg) {
        return arg->type == ValueType::RangeVector;
    });
    if (!steps.single() && is_constant(**range)) {
        // The call itself is not constant, and then Prometheus 2.42 moves the range on from step to
        // step, beyond the samples it has read.
        run_.fail(
            std::string(call.function->name) +
            "() of a range that @ holds, whose result changes with the step, is not supported "
            "over several steps; ask for one moment, or leave @ out");
        return nullptr;
    }
    auto found = windows(**range, steps);
    auto others = found ? scalars(call, steps) : std::nullopt;
    if (!others) {
        return nullptr;
    }
    const auto name = call.function->name;
    if (name == "absent_over_time") {
        return make<AbsentOverTimeNode>(std::move(*found), labels_of_what_is_absent(**range));
    }
    return make<RangeCallNode>(find_range_function(name), name == "last_over_time",
                               std::move(*found), ScalarArguments(std::move(*others)));
}

NodePtr Planner::plan_timestamp(const Call& call, const Steps& steps) {
    const auto& arg = *call.args[0];
    const auto* selector = std::get_if<VectorSelector>(&arg.node);
    NodePtr operand;
    if (selector == nullptr) {
        operand = plan(arg, steps);
    } else if (selector->moment.at && selector->moment.offset_ms != 0) {
        // Prometheus 2.42 forgets the offset here, and looks where it has read no samples.
        run_.fail("timestamp() of a selector with both @ and offset is not supported");
    } else if (const auto when = reference(selector->moment, steps)) {
        operand = InstantNode::make(run_, *selector, *when, steps, true);
    }
    return operand == nullptr ? nullptr
                              : make<TimestampNode>(std::move(operand), selector != nullptr);
}

NodePtr Planner::plan_relabel(const Call& call, const Steps& steps) {
    auto operand = plan(*call.args[0], steps);
    if (operand == nullptr) {
        return nullptr;
    }
    std::vector<std::string> texts;
    for (std::size_t i = 1; i < call.args.size(); ++i) {
        texts.push_back(text_of(*call.args[i]));
    }
    auto relabel = call.function->name == "label_replace"
                       ? make_label_replace(texts[0], texts[1], texts[2], texts[3])
                       : make_label_join(texts[0], texts[1], {texts.begin() + 2, texts.end()});
    if (!relabel) {
        return make<FaultNode>(relabel.error().message);
    }
    return make<RelabelNode>(std::move(operand), std::move(*relabel));
}

std::optional<std::vector<NodePtr>> Planner::scalars(const Call& call, const Steps& steps) {
    std::vector<NodePtr> out;
    for (const auto& arg : call.args) {
        if (arg->type != ValueType::Scalar) {
            continue;
        }
        out.push_back(plan(*arg, steps));
        if (out.back() == nullptr) {
            return std::nullopt;
        }
    }
    return out;
}

std::optional<Windows> Planner::windows(const Expr& expr, const Steps& steps) {
    if (const auto* range = std::get_if<RangeSelector>(&expr.node)) {
        const auto when = reference(range->selector.moment, steps);
        return when ? Windows::load(run_, *range, *when, steps) : std::nullopt;
    }
    return subquery(std::get<Subquery>(expr.node), steps);
}

std::optional<Windows> Planner::subquery(const Subquery& node, const Steps& steps) {
    const auto when = reference(node.moment, steps);
    if (!when) {
        return std::nullopt;
    }
    // Further away the durations of Prometheus overflow, and it answers for another time.
    constexpr std::int64_t kFarthest_ms = 9'000'000'000'000;
    if (when->fixed && std::abs(steps.start - *when->fixed) > kFarthest_ms) {
        run_.fail("@ moves a subquery by more than 285 years, which is not supported");
        return std::nullopt;
    }
    const auto step = node.step_ms > 0 ? node.step_ms : run_.limits().subquery_step_ms;
    const auto earliest = when->at(steps.start) - node.range_ms;
    Steps inner{step * (earliest / step), when->at(steps.end), step};
    inner.start += inner.start < earliest ? step : 0; // multiples of the step, as Prometheus
    std::vector<Windows::Entry> series;
    if (inner.start <= inner.end) {
        auto root = plan(*node.expr, inner);
        if (root == nullptr) {
            return std::nullopt;
        }
        std::vector<std::size_t> places;
        Frame frame;
        for (auto at = inner.start; at <= inner.end && !run_.reads_only(); at += step) {
            if (!root->eval(at, frame) || !run_.load_samples(frame.size())) {
                return std::nullopt;
            }
            for (const auto& item : frame) {
                const auto id = run_.labels().canonical(item.labels);
                places.resize(std::max<std::size_t>(places.size(), id + 1));
                if (places[id] == 0) {
                    series.push_back({id, {}});
                    places[id] = series.size();
                }
                series[places[id] - 1].points.push_back({at, item.value});
            }
        }
    }
    return Windows(std::move(series), node.range_ms, *when);
}

} // namespace opsmon::promql
