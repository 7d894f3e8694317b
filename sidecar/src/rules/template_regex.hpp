#pragma once
// This component provides the regular expressions of templates: those of Go, which match
// anywhere in the text, unlike those of label matchers.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace opsmon::rules {

[[nodiscard]] Result<bool> regex_found(const std::string& pattern, const std::string& text);
[[nodiscard]] Result<std::string>
regex_replaced(const std::string& pattern, std::string_view replacement, const std::string& text);

} // namespace opsmon::rules
