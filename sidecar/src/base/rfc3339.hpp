#pragma once
// This component writes and reads moments as the web's interfaces have them, RFC 3339:
// 2026-11-24T22:30:00.000Z. Webhooks and the HTTP APIs use it. It reads no clock.

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.hpp"

namespace opsmon {

// In UTC, with milliseconds. The years 0 to 9999; what lies beyond is shown as the end nearest.
std::string format_rfc3339(TimestampMs at);

// With any offset; of a fraction of a second the milliseconds count. Nothing for what is no moment,
// such as the 30th of February, or no RFC 3339.
std::optional<TimestampMs> parse_rfc3339(std::string_view text);

} // namespace opsmon
