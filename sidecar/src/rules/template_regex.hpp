#pragma once
// This component provides the regular expressions of templates: RE2, with Go's way to write a
// replacement ($1, ${name}). Unlike those of label matchers they match anywhere in the text.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace opsmon::rules {

[[nodiscard]] Result<bool> regex_found(const std::string& pattern, const std::string& text);
[[nodiscard]] Result<std::string> regex_replaced(const std::string& pattern,
                                                 std::string_view replacement, std::string text);

} // namespace opsmon::rules
