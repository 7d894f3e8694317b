#pragma once
// This component provides durations as Prometheus writes them (`1h30m`, `5s`, `500ms`, `0`). The
// lexer, rule files and notification files use it.

#include "base/result.hpp"

#include <cstdint>
#include <string_view>

namespace opsmon::promql {

[[nodiscard]] Result<std::int64_t> parse_duration_ms(std::string_view text);

} // namespace opsmon::promql
