#pragma once
// This component turns the text of a PromQL expression into tokens, as Prometheus' lexer does. The
// parser is its only user. It never skips what it does not know: that is an error with its place.

#include "base/result.hpp"
#include "promql/token.hpp"

#include <string_view>
#include <vector>

namespace opsmon::promql {

inline constexpr std::size_t kMaxExpressionBytes = 4096;

// The last token is always End.
[[nodiscard]] Result<std::vector<Token>> lex(std::string_view text);

} // namespace opsmon::promql
