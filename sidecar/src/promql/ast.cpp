#include "promql/ast.hpp"

#include <algorithm>

namespace opsmon::promql {

void for_each_operand(const Expr& expr, const std::function<void(const Expr&)>& visit) {
    if (const auto* subquery = std::get_if<Subquery>(&expr.node)) {
        visit(*subquery->expr);
    } else if (const auto* plus = std::get_if<UnaryPlus>(&expr.node)) {
        visit(*plus->operand);
    } else if (const auto* negation = std::get_if<Negation>(&expr.node)) {
        visit(*negation->operand);
    } else if (const auto* binary = std::get_if<Binary>(&expr.node)) {
        visit(*binary->lhs);
        visit(*binary->rhs);
    } else if (const auto* aggregation = std::get_if<Aggregation>(&expr.node)) {
        if (aggregation->parameter) {
            visit(*aggregation->parameter);
        }
        visit(*aggregation->expr);
    } else if (const auto* call = std::get_if<Call>(&expr.node)) {
        for (const auto& arg : call->args) {
            visit(*arg);
        }
    }
}

const VectorSelector* selector_of(const Expr& expr) {
    if (const auto* range = std::get_if<RangeSelector>(&expr.node)) {
        return &range->selector;
    }
    return std::get_if<VectorSelector>(&expr.node);
}

bool selects(const VectorSelector& selector, const metrics::Labels& labels) {
    return std::all_of(
        selector.matchers.begin(), selector.matchers.end(),
        [&](const Matcher& matcher) { return matcher.matches(labels.get(matcher.name())); });
}

} // namespace opsmon::promql
