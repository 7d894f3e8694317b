#pragma once
// This component provides the two things texts need of UTF-8: writing one character, and finding
// the first byte that is not valid. Lexers use it; metrics make label values valid long before.

#include <cstddef>
#include <string>
#include <string_view>

namespace opsmon::promql {

void append_utf8(std::string& out, char32_t code_point);

// npos where all is valid.
[[nodiscard]] std::size_t first_invalid_utf8(std::string_view text);

} // namespace opsmon::promql
