#pragma once
// This component decides which addresses belong to the public Internet, and reads those of the
// machine's interfaces. The network collector uses it to tell public interfaces from private ones.

#include <set>
#include <string>

#include <sys/socket.h>

#include "base/result.hpp"

namespace opsmon::collect {

// Pure. False for private, shared, loopback, link-local, documentation and multicast ranges.
bool is_globally_routable(const sockaddr* address);

// The interfaces that have at least one globally routable address.
Result<std::set<std::string>> read_routable_interfaces();

} // namespace opsmon::collect
