#pragma once
// This component reads a moment as HTTP's headers have it: "Sun, 29 Nov 2026 22:19:50 GMT", and the
// two older forms that are still to be understood. The notifications use it. It reads no clock.

#include <optional>
#include <string>

#include "base/clock.hpp"

namespace opsmon {

[[nodiscard]] std::optional<TimestampMs> parse_http_date(const std::string& text);

} // namespace opsmon
