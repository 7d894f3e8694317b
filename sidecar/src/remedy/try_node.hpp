#pragma once
// This component asks one address of a node, over TCP and with PostgreSQL's own greeting, whether
// anybody is there. The source calls it, again and again. Only a port that is closed, or a host
// that does not answer, counts as nobody: a name that is not found proves nothing.

#include <string>
#include <utility>

#include "base/url.hpp"
#include "base/resolver.hpp"
#include "remedy/reach_record.hpp"

namespace opsmon::remedy {

std::pair<Tried, std::string> try_address(const HostPort& address, Resolver& resolver,
                                          std::chrono::milliseconds patience);

} // namespace opsmon::remedy
