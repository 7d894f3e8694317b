#pragma once
// This component asks the kernel for its TCP sockets, IPv4 and IPv6, and hands them on one by one
// as they come: the whole list is never in memory. The collector of sockets uses it. It needs no
// privilege, sees the sidecar's own network namespace only, and ends at its limits of time and
// number.

#include <chrono>
#include <cstddef>
#include <functional>

#include "base/result.hpp"
#include "collect/network/inet_diag.hpp"

namespace opsmon::collect {

struct DumpLimits {
    std::chrono::milliseconds time{2000};
    std::size_t sockets = 1'000'000;
};

// Tells how many sockets there were; fewer than there are when it is `limits.sockets`.
Result<std::size_t> dump_tcp_sockets(const DumpLimits& limits,
                                     const std::function<void(const SocketFacts&)>& visit);

} // namespace opsmon::collect
