#pragma once
// This component understands the tables of /proc/net/snmp, snmp6 and netstat: named counters, in
// pairs of a line of names and a line of numbers, or one on each line. The TCP collector reads
// them. It knows none of the names.

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace opsmon::collect {

// "Tcp.PassiveOpens", "TcpExt.ListenOverflows", "Udp6InDatagrams". A number that is not a count (-1
// for "no limit") is left out: unknown is not zero.
using CounterTable = std::map<std::string, double, std::less<>>;

// An error when names and numbers do not belong together, or there are none at all.
Result<CounterTable> parse_counter_pairs(std::string_view text);
Result<CounterTable> parse_counter_lines(std::string_view text);

std::optional<double> counter_of(const CounterTable& table, std::string_view name);

} // namespace opsmon::collect
