#include "rules/reach.hpp"

#include <algorithm>
#include <optional>

namespace opsmon::rules {
namespace {

// Nothing: it reads none of what is asked about.
using Reach = std::optional<TimestampMs>;

Reach reach(const promql::Expr& expr, bool into_alerts);

Reach reach(const promql::ExprPtr& expr, bool into_alerts) {
    return expr == nullptr ? Reach() : reach(*expr, into_alerts);
}

Reach longer(Reach a, Reach b) {
    return a && b ? std::max(*a, *b) : (a ? a : b);
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
Reach reach_of_node(const Node& node, bool into_alerts) {
    Reach out;
    if constexpr (requires { node.metric_name; }) {
        if (into_alerts || !reads_alerts(node)) {
            out = 0;
        }
    }
    if constexpr (requires { node.selector; }) {
        out = longer(out, reach_of_node(node.selector, into_alerts));
    }
    if constexpr (requires { node.operand; }) {
        out = longer(out, reach(node.operand, into_alerts));
    }
    if constexpr (requires { node.expr; }) {
        out = longer(out, reach(node.expr, into_alerts));
    }
    if constexpr (requires { node.lhs; }) {
        out = longer(out, longer(reach(node.lhs, into_alerts), reach(node.rhs, into_alerts)));
    }
    if constexpr (requires { node.args; }) {
        for (const auto& arg : node.args) {
            out = longer(out, reach(arg, into_alerts));
        }
    }
    if (!out) {
        return out;
    }
    if constexpr (requires { node.moment; }) {
        *out += std::max<TimestampMs>(node.moment.offset_ms, 0);
    }
    if constexpr (requires { node.range_ms; }) {
        *out += node.range_ms;
    }
    return out;
}

Reach reach(const promql::Expr& expr, bool into_alerts) {
    return std::visit([&](const auto& node) { return reach_of_node(node, into_alerts); },
                      expr.node);
}

} // namespace

TimestampMs reach_of(const promql::Expr& expr) {
    return reach(expr, true).value_or(0);
}

TimestampMs reach_into_sources(const promql::Expr& expr) {
    return reach(expr, false).value_or(0);
}

} // namespace opsmon::rules
