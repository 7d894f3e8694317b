#include "rules/reach.hpp"

#include <algorithm>

namespace opsmon::rules {
namespace {

TimestampMs reach(const promql::Expr& expr, bool into_alerts);

TimestampMs reach(const promql::ExprPtr& expr, bool into_alerts) {
    return expr == nullptr ? 0 : reach(*expr, into_alerts);
}

// Each kind of node is told by what it has.
template <typename Node>
bool reads_alerts(const Node& node) {
    if constexpr (requires { node.selector; }) {
        return reads_alerts(node.selector);
    } else if constexpr (requires { node.metric_name; }) {
        return node.metric_name == "ALERTS" || node.metric_name == "ALERTS_FOR_STATE";
    } else {
        return false;
    }
}

template <typename Node>
TimestampMs reach_of_node(const Node& node, bool into_alerts) {
    if (!into_alerts && reads_alerts(node)) {
        return 0;
    }
    TimestampMs out = 0;
    if constexpr (requires { node.moment; }) {
        out += std::max<TimestampMs>(node.moment.offset_ms, 0);
    }
    if constexpr (requires { node.range_ms; }) {
        out += node.range_ms;
    }
    if constexpr (requires { node.selector; }) {
        out += reach_of_node(node.selector, into_alerts);
    }
    if constexpr (requires { node.operand; }) {
        out += reach(node.operand, into_alerts);
    }
    if constexpr (requires { node.expr; }) {
        out += reach(node.expr, into_alerts);
    }
    if constexpr (requires { node.lhs; }) {
        out += std::max(reach(node.lhs, into_alerts), reach(node.rhs, into_alerts));
    }
    if constexpr (requires { node.args; }) {
        TimestampMs most = 0;
        for (const auto& arg : node.args) {
            most = std::max(most, reach(arg, into_alerts));
        }
        out += most;
    }
    return out;
}

TimestampMs reach(const promql::Expr& expr, bool into_alerts) {
    return std::visit([&](const auto& node) { return reach_of_node(node, into_alerts); },
                      expr.node);
}

} // namespace

TimestampMs reach_of(const promql::Expr& expr) {
    return reach(expr, true);
}

TimestampMs reach_into_sources(const promql::Expr& expr) {
    return reach(expr, false);
}

} // namespace opsmon::rules
