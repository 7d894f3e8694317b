#pragma once
// This component provides numbers as Go writes and reads them: values in answers and in the labels
// of count_values, bounds of buckets. It never rounds: what is written reads back the same.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace opsmon::promql {

// Never with an exponent: NaN, +Inf, 0.00001, 100000000000000000000000.
[[nodiscard]] std::string plain_number(double value);

// As the HTTP API of Prometheus writes a value: with an exponent where that is much shorter.
[[nodiscard]] std::string api_number(double value);

// As Go's %v: with an exponent from 1e+06 and below 1e-04.
[[nodiscard]] std::string scientific_number(double value);

// What is too large for a double is no number, what is too small is 0. 1_000 and 0x1p-2 are
// numbers.
[[nodiscard]] std::optional<double> parse_go_float(std::string_view text);

// As Go's ParseInt with base 0: 0x1F, 0b11, 0o17 and 017 are numbers, 08 is none.
[[nodiscard]] std::optional<std::int64_t> parse_go_integer(std::string_view text);

} // namespace opsmon::promql
