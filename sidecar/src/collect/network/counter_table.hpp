#pragma once
// This component understands the tables of /proc/net/snmp, snmp6 and netstat: named counters, in
// pairs of a line of names and a line of numbers, or one on each line. The TCP collector reads
// them. It knows none of the names.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace opsmon::collect {

// "Tcp.PassiveOpens", "TcpExt.ListenOverflows", "Udp6InDatagrams". A number that is not a count (-1
// for "no limit") is left out: unknown is not zero.
class CounterTable {
public:
    void add(std::string_view group, std::string_view name, double value);
    void merge(const CounterTable& other);
    [[nodiscard]] std::optional<double> find(std::string_view name) const; // the first of its name
    [[nodiscard]] std::size_t size() const { return counters_.size(); }

private:
    // Hundreds come, a few dozen are asked for: one buffer of names costs less than a tree of them.
    struct Counter {
        std::size_t name_at;
        std::size_t name_size;
        double value;
    };
    std::string names_;
    std::vector<Counter> counters_;
};

// An error when names and numbers do not belong together, or there are none at all.
Result<CounterTable> parse_counter_pairs(std::string_view text);
Result<CounterTable> parse_counter_lines(std::string_view text);

} // namespace opsmon::collect
