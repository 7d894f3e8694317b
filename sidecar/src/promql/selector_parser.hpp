#pragma once
// This component parses what names series: a metric with matchers, and what may stand behind an
// operand: [range], [range:step], offset and @. Only the parser uses it.

#include "promql/ast.hpp"
#include "promql/token_reader.hpp"

namespace opsmon::promql {

// The matchers in braces, if they follow, and the selector they make.
[[nodiscard]] Result<ExprPtr> parse_selector(TokenReader& tokens, const std::string& metric_name,
                                             std::size_t position);

// Whatever modifiers follow the operand.
[[nodiscard]] Result<ExprPtr> parse_modifiers(TokenReader& tokens, ExprPtr operand);

} // namespace opsmon::promql
