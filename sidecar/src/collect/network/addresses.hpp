#pragma once
// This component decides which addresses belong to the public Internet. The network's collectors
// use it to tell public interfaces, and peers, from private ones.

#include "base/address.hpp"

namespace opsmon::collect {

// Pure. False for private, shared, loopback, link-local, documentation and multicast ranges.
bool is_globally_routable(const Address& address);

// 169.254/16 and fe80::/10: every interface may give itself one.
bool is_link_local(const Address& address);

} // namespace opsmon::collect
