#pragma once
// This component provides the table of PromQL's binary operators: which token is which, how tight
// it binds, and to which side. The parser climbs by it.

#include "promql/ast.hpp"
#include "promql/token.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace opsmon::promql {

struct Operator {
    BinaryOp op;
    int precedence;
    bool right_associative = false;
};

inline constexpr int kMulPrecedence = 5; // unary minus binds like it, so -1^2 is -(1^2)

// The operator a token is, where one may stand. Keywords are read in any case.
[[nodiscard]] std::optional<Operator> binary_operator(const Token& token);

[[nodiscard]] std::string lower_case(std::string_view text);

} // namespace opsmon::promql
