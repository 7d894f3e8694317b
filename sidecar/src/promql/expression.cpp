#include "promql/expression.hpp"

#include "promql/functions.hpp"
#include "promql/parser.hpp"

#include <algorithm>

namespace opsmon::promql {
namespace {

void collect_selectors(const Expr& expr, std::vector<const VectorSelector*>& out) {
    if (const auto* selector = selector_of(expr)) {
        out.push_back(selector);
    }
    for_each_operand(expr, [&out](const Expr& operand) { collect_selectors(operand, out); });
}

bool is_text(const ExprPtr& expr, std::string_view text) {
    const auto* literal = expr ? std::get_if<StringLiteral>(&expr->node) : nullptr;
    return literal != nullptr && literal->value == text;
}

bool writes(const Expr& expr, std::string_view label) {
    if (const auto* call = std::get_if<Call>(&expr.node)) {
        const std::string_view name = call->function->name;
        return (name == "label_replace" || name == "label_join") && is_text(call->args[1], label);
    }
    if (const auto* aggregation = std::get_if<Aggregation>(&expr.node)) {
        return aggregation->op == AggregationOp::CountValues &&
               is_text(aggregation->parameter, label);
    }
    if (const auto* binary = std::get_if<Binary>(&expr.node)) {
        const auto& include = binary->matching.include;
        return std::find(include.begin(), include.end(), label) != include.end();
    }
    return false;
}

bool any_writes(const Expr& expr, std::string_view label) {
    bool out = writes(expr, label);
    for_each_operand(expr, [&](const Expr& operand) { out = out || any_writes(operand, label); });
    return out;
}

} // namespace

bool Expression::may_read(std::string_view metric_name) const {
    return may_read(metric_name, "", "");
}

bool Expression::may_read(std::string_view metric_name, std::string_view label,
                          std::string_view value) const {
    return std::any_of(selectors_.begin(), selectors_.end(), [&](const VectorSelector* selector) {
        return std::all_of(selector->matchers.begin(), selector->matchers.end(),
                           [&](const Matcher& matcher) {
                               if (matcher.name() == metrics::kMetricName) {
                                   return matcher.matches(metric_name);
                               }
                               return matcher.name() != label || matcher.matches(value);
                           });
    });
}

bool Expression::may_write(std::string_view label) const {
    return any_writes(*root_, label);
}

Result<Expression> parse(std::string_view text) {
    auto root = parse_tree(text);
    if (!root) {
        return root.error();
    }
    Expression out;
    out.text_ = text;
    out.root_ = std::move(*root);
    collect_selectors(*out.root_, out.selectors_);
    for (const auto* selector : out.selectors_) {
        if (!selector->metric_name.empty()) {
            out.metric_names_.insert(selector->metric_name);
        }
    }
    return out;
}

} // namespace opsmon::promql
