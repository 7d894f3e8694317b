#pragma once
// This component provides the small text tools that parsers of the sidecar share: strict numbers,
// words, lines, glob patterns and whole files with a limit. It never throws and never allocates
// more than its input.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace opsmon {

// The whole of `text` as a finite number; nothing for anything else ("", "1x", "nan", "1e999").
std::optional<double> parse_number(std::string_view text);

// The whole of `text` as a whole number that is not negative and fits.
std::optional<unsigned long long> parse_count(std::string_view text);

// Split on runs of spaces and tabs; at most `limit` words, the rest is ignored.
std::vector<std::string_view> split_words(std::string_view text, std::size_t limit);

// Takes the first line off `text`, without its newline.
std::string_view take_line(std::string_view& text);

std::string_view trim(std::string_view text);

// Shell patterns: * ? [..]; a slash is a character like any other.
bool matches_glob(const std::string& pattern, const std::string& text);
bool matches_any_glob(const std::vector<std::string>& patterns, const std::string& text);

Result<std::string> read_file(const std::string& path, std::size_t max_bytes);

} // namespace opsmon
