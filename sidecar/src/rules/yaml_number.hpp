#pragma once
// This component provides numbers of YAML files as Go's YAML package reads them: 0x1F, 0b11, 0o17,
// 017, 1_000, 5.5, .inf. Readers of rule files and their tests use it for what is not quoted.

#include <cstdint>
#include <optional>
#include <string>

namespace opsmon::rules {

[[nodiscard]] std::optional<double> yaml_float(const std::string& text);
// Where a whole number is wanted a fraction is cut off, as Go does.
[[nodiscard]] std::optional<std::int64_t> yaml_integer(const std::string& text);

} // namespace opsmon::rules
