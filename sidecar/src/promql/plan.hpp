#pragma once
// This component turns a checked expression into the nodes that evaluate it, over given steps: it
// decides when each selector is read, evaluates subqueries, and finds what stays the same at every
// step. Only the evaluator uses it.

#include "promql/ast.hpp"
#include "promql/node.hpp"
#include "promql/selector_node.hpp"

namespace opsmon::promql {

class Planner {
public:
    // `start` and `end` of the whole evaluation, for @ start() and @ end().
    Planner(Run& run, TimestampMs start, TimestampMs end) : run_(run), start_(start), end_(end) {}

    // Null where something failed; the run knows what.
    NodePtr plan(const Expr& expr, const Steps& steps);

    // Of a range selector or subquery.
    std::optional<Windows> windows(const Expr& expr, const Steps& steps);

private:
    NodePtr plan_node(const NumberLiteral& node, const Expr&, const Steps&);
    NodePtr plan_node(const StringLiteral&, const Expr&, const Steps&);
    NodePtr plan_node(const VectorSelector& node, const Expr&, const Steps& steps);
    NodePtr plan_node(const RangeSelector&, const Expr&, const Steps&);
    NodePtr plan_node(const Subquery&, const Expr&, const Steps&);
    NodePtr plan_node(const UnaryPlus& node, const Expr&, const Steps& steps);
    NodePtr plan_node(const Negation& node, const Expr&, const Steps& steps);
    NodePtr plan_node(const Binary& node, const Expr&, const Steps& steps);
    NodePtr plan_node(const Aggregation& node, const Expr&, const Steps& steps);
    NodePtr plan_node(const Call& node, const Expr&, const Steps& steps);

    NodePtr plan_scalar_call(const Call& call, const Steps& steps);
    NodePtr plan_vector_call(const Call& call, const Steps& steps);
    NodePtr plan_range_call(const Call& call, const Steps& steps);
    NodePtr plan_timestamp(const Call& call, const Steps& steps);
    NodePtr plan_relabel(const Call& call, const Steps& steps);
    std::optional<std::vector<NodePtr>> scalars(const Call& call, const Steps& steps);
    std::optional<Windows> subquery(const Subquery& node, const Steps& steps);
    std::optional<Reference> reference(const Moment& moment, const Steps& steps);

    template <typename T, typename... Args>
    NodePtr make(Args&&... args) {
        return std::make_unique<T>(run_, std::forward<Args>(args)...);
    }

    Run& run_;
    TimestampMs start_;
    TimestampMs end_;
    bool in_parameter_ = false; // of an aggregation
};

} // namespace opsmon::promql
