#pragma once
// This component tells valid UTF-8 from other bytes, a character at a time. Label values and the
// log use it: both take whatever others named things.

#include <cstddef>
#include <string_view>

namespace opsmon {

// Length of the valid character at the start of `text`, 0 where there is none: no overlong forms,
// no surrogates, nothing above U+10FFFF.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

} // namespace opsmon
