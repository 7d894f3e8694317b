#pragma once
// This component provides what texts need of UTF-8: writing one character, the length of one, and
// the first byte that is not valid. Lexers use it; metrics make label values valid long before.

#include <cstddef>
#include <string>
#include <string_view>

namespace opsmon::promql {

void append_utf8(std::string& out, char32_t code_point);

// Of the valid character in front; 0 where there is none.
[[nodiscard]] std::size_t character_length(std::string_view text);

// npos where all is valid.
[[nodiscard]] std::size_t first_invalid_utf8(std::string_view text);

} // namespace opsmon::promql
