#pragma once
// This component provides Prometheus' humanize functions: numbers as people read them. They take
// seconds and bytes and give text; nothing reads their output back.

#include <optional>
#include <string>

namespace opsmon::rules {

[[nodiscard]] std::string humanize(double value);                       // 1.234M
[[nodiscard]] std::string humanize_1024(double value);                  // 1.177Mi
[[nodiscard]] std::string humanize_duration(double seconds);            // 3h 2m 1s
[[nodiscard]] std::string humanize_percentage(double ratio);            // 12.34%
[[nodiscard]] std::optional<std::string> humanize_timestamp(double at); // none: out of range

} // namespace opsmon::rules
