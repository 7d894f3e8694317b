#pragma once
// This component provides the tree of a parsed PromQL expression. The parser builds it and checks
// its types, the evaluator walks it; nobody changes it in between, so copies of a rule share it.

#include "promql/matcher.hpp"
#include "promql/value.hpp"

#include <cstddef>
#include <memory>
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

struct NumberLiteral {
    double value = 0;
};

struct StringLiteral {
    std::string value;
};

struct VectorSelector {
    std::string metric_name;       // "" where no matcher says the name is equal to something
    std::vector<Matcher> matchers; // with the one of __name__
};

struct Negation {
    ExprPtr operand;
};

struct Binary {
    BinaryOp op = BinaryOp::Add;
    bool returns_bool = false;
    ExprPtr lhs;
    ExprPtr rhs;
};

struct Call {
    const Function* function = nullptr;
    std::vector<ExprPtr> args;
};

struct Expr {
    ValueType type = ValueType::Scalar;
    std::size_t position = 0;
    std::variant<NumberLiteral, StringLiteral, VectorSelector, Negation, Binary, Call> node;
};

} // namespace opsmon::promql
