#pragma once
// This component provides the reading of quoted strings with Go's escapes, as PromQL and templates
// write them: "…", '…' (PromQL) and `…` (raw). It never reads past the closing quote.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace opsmon::promql {

struct Quoted {
    std::string value;
    std::size_t length = 0; // with both quotes
};

// `text` starts at the opening quote. The error says what is wrong, not where.
[[nodiscard]] Result<Quoted> read_quoted(std::string_view text);

} // namespace opsmon::promql
