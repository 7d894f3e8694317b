#pragma once
// This component provides printing as Go's fmt does it: %v of a float, printf, quoting. Templates
// use it, so that a rule file says the same here and in Prometheus.

#include "base/result.hpp"
#include "rules/template_value.hpp"

#include <span>
#include <string>
#include <string_view>

namespace opsmon::rules {

[[nodiscard]] std::string format_float(double value);   // %v: the fewest digits that are exact
[[nodiscard]] std::string quote(std::string_view text); // %q
// An error where Go would write what this version cannot.
[[nodiscard]] Result<std::string> format_printf(std::string_view format,
                                                std::span<const TemplateValue> args);

// The first directive of a format that Go has and this version has not; "" where there is none.
[[nodiscard]] std::string unsupported_directive(std::string_view format);

} // namespace opsmon::rules
