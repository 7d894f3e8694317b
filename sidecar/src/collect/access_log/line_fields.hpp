#pragma once
// This component reads the single fields that lines of access logs are made of: status, durations,
// sizes, the request. The parsers of whole lines use it. Pure, and without an allocation.

#include <cstdint>
#include <optional>
#include <string_view>

#include "collect/access_log/log_line.hpp"

namespace opsmon::collect {

// Three digits, or "-" (0). Nothing for anything else.
std::optional<int> parse_status(std::string_view text);

// Digits only, 18 at most; "-" is absent.
std::optional<std::uint64_t> parse_size(std::string_view text);

// A decimal number such as 0.123; of several, as nginx writes them for its upstreams
// ("0.001, 0.002 : 0.003"), the sum. Absent for "-", a sign, an exponent, or over a year.
std::optional<double> parse_duration_seconds(std::string_view text, double unit_seconds);

// "GET /path?query HTTP/1.1"; leaves method and target empty when it is anything else.
void parse_request(std::string_view request, LogLine& out);

bool is_method(std::string_view text);

} // namespace opsmon::collect
