#pragma once
// This component provides error messages that say where: "line:column: parse error: what". PromQL
// and templates use it; it counts lines and characters from 1, as editors do.

#include "base/result.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace opsmon::promql {

inline std::string line_and_column(std::string_view text, std::size_t position) {
    const auto before = text.substr(0, std::min(position, text.size()));
    const auto line_start = before.rfind('\n') + 1; // npos + 1 is 0
    // Bytes that continue a UTF-8 character are no column of their own.
    const auto column = std::count_if(before.begin() + static_cast<std::ptrdiff_t>(line_start),
                                      before.end(), [](char c) { return (c & 0xC0) != 0x80; });
    return std::to_string(std::count(before.begin(), before.end(), '\n') + 1) + ":" +
           std::to_string(column + 1);
}

inline Error parse_error(std::string_view text, std::size_t position, const std::string& what) {
    return Error{line_and_column(text, position) + ": parse error: " + what};
}

} // namespace opsmon::promql
