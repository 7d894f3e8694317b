#pragma once
// This component reads numbers as people write them in settings: plain ones within a range,
// link speeds such as 2.5Gbps and sizes such as 64MiB. The sections use it. It never guesses a
// unit.

#include <optional>
#include <string>
#include <string_view>

#include "config/faults.hpp"
#include "config/section.hpp"

namespace opsmon::config {

struct NumberRange {
    double min;
    double max;
};

// The number under the key, or `otherwise`; where it is none or out of range, a fault as well.
double read_number(Section& section, std::string_view key, double otherwise, NumberRange range,
                   Faults& faults);

// Bits per second from kbps, Mbps, Gbps or Tbps; nothing for anything else.
std::optional<double> parse_bit_rate(std::string_view text);

// Bytes from a whole number of MiB or GiB; nothing for anything else.
std::optional<std::size_t> parse_byte_count(std::string_view text);

} // namespace opsmon::config
