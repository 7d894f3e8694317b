#include "rules/reach.hpp"

#include <algorithm>

namespace opsmon::rules {
namespace {

TimestampMs reach_of(const promql::ExprPtr& expr) {
    return expr == nullptr ? 0 : rules::reach_of(*expr);
}

// Each kind of node is told by what it has.
template <typename Node>
TimestampMs reach_of_node(const Node& node) {
    TimestampMs out = 0;
    if constexpr (requires { node.moment; }) {
        out += std::max<TimestampMs>(node.moment.offset_ms, 0);
    }
    if constexpr (requires { node.range_ms; }) {
        out += node.range_ms;
    }
    if constexpr (requires { node.selector; }) {
        out += reach_of_node(node.selector);
    }
    if constexpr (requires { node.operand; }) {
        out += reach_of(node.operand);
    }
    if constexpr (requires { node.expr; }) {
        out += reach_of(node.expr);
    }
    if constexpr (requires { node.lhs; }) {
        out += std::max(reach_of(node.lhs), reach_of(node.rhs));
    }
    if constexpr (requires { node.args; }) {
        TimestampMs most = 0;
        for (const auto& arg : node.args) {
            most = std::max(most, reach_of(arg));
        }
        out += most;
    }
    return out;
}

} // namespace

TimestampMs reach_of(const promql::Expr& expr) {
    return std::visit([](const auto& node) { return reach_of_node(node); }, expr.node);
}

} // namespace opsmon::rules
