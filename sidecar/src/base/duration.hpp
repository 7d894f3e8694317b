#pragma once
// This component provides reading and printing of durations as people write them in settings: 5s,
// 1500ms, 1m, 1h30m. The configuration uses it. It never guesses a unit: a bare number is refused.

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace opsmon {

// Units d, h, m, s, ms, each at most once and from large to small. Nothing for anything else, and
// for more than 10 years.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);

std::string format_duration(std::chrono::milliseconds duration);

} // namespace opsmon
