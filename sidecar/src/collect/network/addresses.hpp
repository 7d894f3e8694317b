#pragma once
// This component decides which addresses belong to the public Internet, and reads those of the
// machine's interfaces. The network collector uses it to tell public interfaces from private ones.

#include <map>
#include <string>
#include <vector>

#include <sys/socket.h>

#include "base/address_range.hpp"
#include "base/result.hpp"

namespace opsmon::collect {

// Pure. False for private, shared, loopback, link-local, documentation and multicast ranges.
bool is_globally_routable(const Address& address);
bool is_globally_routable(const sockaddr* address);

// 169.254/16 and fe80::/10: every interface may give itself one.
bool is_link_local(const Address& address);

using InterfaceAddresses = std::map<std::string, std::vector<Address>>;
Result<InterfaceAddresses> read_interface_addresses();

} // namespace opsmon::collect
