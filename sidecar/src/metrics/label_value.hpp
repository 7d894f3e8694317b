#pragma once
// This component provides `clean_label_value`: what a foreign name (of a slot, a host, a database)
// must pass before it may become a label value. Every sample goes through it. It never fails.

#include <cstddef>
#include <string>
#include <string_view>

namespace opsmon::metrics {

inline constexpr std::size_t kMaxLabelValueBytes = 128;

// `text` as valid UTF-8 (each invalid byte becomes U+FFFD), cut at a character boundary.
std::string clean_label_value(std::string_view text, std::size_t max_bytes = kMaxLabelValueBytes);

} // namespace opsmon::metrics
