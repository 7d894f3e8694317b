#pragma once
// This component provides the collector `conntrack`: how full the firewall's table of connections
// is. The network source calls it each cycle. Where the kernel tracks no connections there is
// nothing to show, and that is no failure.

#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "collect/source.hpp"

namespace opsmon::collect {

struct Conntrack {
    double entries = 0;
    std::optional<double> limit; // 0 in the file is no limit
};

// The texts of nf_conntrack_count and nf_conntrack_max.
Result<Conntrack> parse_conntrack(std::string_view count, std::string_view max);

CollectorReport collect_conntrack(const std::string& proc);

} // namespace opsmon::collect
