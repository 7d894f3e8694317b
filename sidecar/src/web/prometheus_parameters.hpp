#pragma once
// This component reads the parameters of Prometheus' HTTP API as Prometheus does: moments,
// durations, selectors. What answers the API and the query command use it. It reads no clock.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "promql/ast.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace opsmon::web {

// Decoded; a name may come more than once.
using Parameters = std::multimap<std::string, std::string>;

// A query string or a form, as Go reads it: the first = of a pair divides it, a bare name has no
// value. An error for a bad escape, for a ; outside of one and for more than 500 pairs.
[[nodiscard]] Result<Parameters> parse_form(std::string_view text);

// "" where there is none; the first where there are several.
[[nodiscard]] std::string parameter(const Parameters& parameters, const std::string& name);

// Unix seconds with a fraction, or RFC 3339.
[[nodiscard]] Result<TimestampMs> parse_api_time(const std::string& text);
// Seconds with a fraction, or a duration such as 1h30m; in milliseconds.
[[nodiscard]] Result<std::int64_t> parse_api_duration(const std::string& text);

// What each match[] selects.
[[nodiscard]] Result<std::vector<promql::VectorSelector>>
parse_matches(const Parameters& parameters);

} // namespace opsmon::web
