#pragma once
// This component checks the types of operands and arguments, with Prometheus' rules and messages.
// Only the parser uses it, before a node is made; it never changes what was written, but for the
// cardinality of set operators.

#include "promql/ast.hpp"
#include "promql/token_reader.hpp"

namespace opsmon::promql {

// `position` is where the operator stands. The answer is the type of the result.
[[nodiscard]] Result<ValueType> check_binary(const TokenReader& tokens, Binary& node,
                                             const Token& sign);

[[nodiscard]] Result<void> check_call(const TokenReader& tokens, const Call& node,
                                      const Token& name);

[[nodiscard]] Result<void> check_type(const TokenReader& tokens, const Expr& expr, ValueType wanted,
                                      const std::string& where);

} // namespace opsmon::promql
