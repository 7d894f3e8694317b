#pragma once
// This component provides upper, lower and title case of UTF-8 text as Go's strings package has
// them: letter by letter, in every script. The table of template functions calls it.

#include <string>
#include <string_view>

namespace opsmon::rules {

[[nodiscard]] std::string upper_case(std::string_view text);
[[nodiscard]] std::string lower_case(std::string_view text);
[[nodiscard]] std::string title_case(std::string_view text);

} // namespace opsmon::rules
