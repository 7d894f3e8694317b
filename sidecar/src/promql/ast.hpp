#pragma once
// This component provides the tree of a parsed PromQL expression. The parser builds it, complete
// and type-checked; the evaluator and the checks of rules walk it. Nodes never change and are
// shared freely.

#include "base/clock.hpp"
#include "promql/matcher.hpp"
#include "promql/value.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace opsmon::promql {

struct Expr;
struct Function;
using ExprPtr = std::shared_ptr<const Expr>;

enum class BinaryOp {
    Add,
    Sub,
    Mul,
    Div,
    Mod,
    Pow,
    Atan2,
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    And,
    Or,
    Unless,
};

inline bool is_comparison(BinaryOp op) {
    return op >= BinaryOp::Equal && op <= BinaryOp::GreaterEqual;
}
inline bool is_set_operator(BinaryOp op) {
    return op >= BinaryOp::And;
}

enum class AggregationOp {
    Avg,
    Bottomk,
    Count,
    CountValues,
    Group,
    Max,
    Min,
    Quantile,
    Stddev,
    Stdvar,
    Sum,
    Topk,
};

inline bool takes_parameter(AggregationOp op) {
    return op == AggregationOp::Bottomk || op == AggregationOp::Topk ||
           op == AggregationOp::CountValues || op == AggregationOp::Quantile;
}

struct NumberLiteral {
    double value = 0;
};

struct StringLiteral {
    std::string value;
};

// What `@` says: a moment of its own, or an end of the evaluation.
struct At {
    enum class Kind { Time, Start, End };
    Kind kind = Kind::Time;
    TimestampMs time = 0; // of Kind::Time
};

// When a selector or subquery is read, as `offset` and `@` change it.
struct Moment {
    std::int64_t offset_ms = 0;
    std::optional<At> at;
};

struct VectorSelector {
    std::string metric_name;       // "" where no matcher says the name is equal to something
    std::vector<Matcher> matchers; // with the one of __name__
    bool name_in_front = false;    // and not as a matcher in braces
    Moment moment;
};

struct RangeSelector {
    VectorSelector selector;
    std::int64_t range_ms = 0;
};

struct Subquery {
    ExprPtr expr;
    std::int64_t range_ms = 0;
    std::int64_t step_ms = 0; // 0: the default of whoever evaluates
    Moment moment;
};

// Changes no value and no label; but what stands behind it is no selector any more.
struct UnaryPlus {
    ExprPtr operand;
};

struct Negation {
    ExprPtr operand;
};

enum class Cardinality { OneToOne, ManyToOne, OneToMany, ManyToMany };

// on(labels)/ignoring(labels) and group_left(include)/group_right(include).
struct Matching {
    Cardinality cardinality = Cardinality::OneToOne;
    bool on = false;
    std::vector<std::string> labels;
    std::vector<std::string> include;
};

struct Binary {
    BinaryOp op = BinaryOp::Add;
    bool returns_bool = false;
    Matching matching;
    ExprPtr lhs;
    ExprPtr rhs;
};

struct Aggregation {
    AggregationOp op = AggregationOp::Sum;
    bool without = false;
    std::vector<std::string> grouping;
    ExprPtr parameter; // null where the operator takes none
    ExprPtr expr;
};

struct Call {
    const Function* function = nullptr;
    std::vector<ExprPtr> args;
};

struct Expr {
    ValueType type = ValueType::Scalar;
    std::size_t position = 0;
    bool in_parentheses = false; // [range], offset and @ may not stand behind those
    std::variant<NumberLiteral, StringLiteral, VectorSelector, RangeSelector, Subquery, UnaryPlus,
                 Negation, Binary, Aggregation, Call>
        node;
};

// Calls `visit` with each operand of the expression, from left to right.
void for_each_operand(const Expr& expr, const std::function<void(const Expr&)>& visit);

// The selector that the expression itself is, with a range or without; null where it is none.
const VectorSelector* selector_of(const Expr& expr);

[[nodiscard]] bool selects(const VectorSelector& selector, const metrics::Labels& labels);

} // namespace opsmon::promql
