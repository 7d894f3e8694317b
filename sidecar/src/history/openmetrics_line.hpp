#pragma once
// This component reads single lines of the OpenMetrics text format, with what Prometheus 2.42 makes
// of it: one space between parts, timestamps in seconds, no part left over. The reader of whole
// files uses it. Faults carry no line number: only the caller knows it. It never keeps text.

#include "base/clock.hpp"
#include "base/result.hpp"
#include "metrics/labels.hpp"

#include <optional>
#include <string_view>

namespace opsmon::history {

struct SampleLine {
    std::string_view series; // name and braces as written
    double value = 0;
    std::optional<TimestampMs> at; // cut to milliseconds, not rounded, as Prometheus does
};

// An exemplar is looked at and left out.
[[nodiscard]] Result<SampleLine> read_sample_line(std::string_view line);

// `series` must come from a SampleLine.
[[nodiscard]] Result<metrics::Labels> read_series(std::string_view series);

// A line that begins with # and is not the end: HELP, TYPE or UNIT. Nothing of it is kept.
[[nodiscard]] Result<void> check_comment_line(std::string_view line);

// As Go reads it: "+Inf", "nan", "1e3"; no hexadecimal, no underscore, nothing beyond a double.
[[nodiscard]] std::optional<double> parse_float(std::string_view text);

} // namespace opsmon::history
