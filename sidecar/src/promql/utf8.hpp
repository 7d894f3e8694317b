#pragma once
// This component provides what texts need of Unicode: characters of UTF-8, the first byte that is
// no part of one, and UTF-16 made UTF-8. Lexers use it; metrics make label values valid long
// before.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opsmon::promql {

void append_utf8(std::string& out, char32_t code_point);

// Of the valid character in front; 0 where there is none.
[[nodiscard]] std::size_t character_length(std::string_view text);

// Of the valid character in front.
[[nodiscard]] std::uint32_t code_point(std::string_view text);

// npos where all is valid.
[[nodiscard]] std::size_t first_invalid_utf8(std::string_view text);

// Whether the mark of UTF-16 stands in front, of either order of bytes.
[[nodiscard]] bool starts_as_utf16(std::string_view text);
// Of a text that starts so; nothing where it goes on otherwise.
[[nodiscard]] std::optional<std::string> from_utf16(std::string_view text);

} // namespace opsmon::promql
