#pragma once
// This component understands /proc/net/sockstat and sockstat6: how many sockets there are and what
// memory they take, without a look at any of them. The TCP collector reads them.

#include <optional>
#include <string_view>

#include "base/result.hpp"

namespace opsmon::collect {

struct SocketCounts {
    std::optional<double> tcp_in_use;
    std::optional<double> tcp_orphaned;
    std::optional<double> tcp_time_wait;
    std::optional<double> tcp_allocated;
    std::optional<double> tcp_memory_pages;
};

// Of sockstat6, only tcp_in_use is there. A line for TCP has to be.
Result<SocketCounts> parse_sockstat(std::string_view text);

} // namespace opsmon::collect
