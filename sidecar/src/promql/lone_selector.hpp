#pragma once
// This component parses a selector that stands alone, without range, offset or @: what the match[]
// of the HTTP API holds.

#include "base/result.hpp"
#include "promql/ast.hpp"

#include <string_view>

namespace opsmon::promql {

[[nodiscard]] Result<VectorSelector> parse_lone_selector(std::string_view text);

} // namespace opsmon::promql
