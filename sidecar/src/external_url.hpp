#pragma once
// This component provides the address under which people reach the sidecar, for the links in
// messages: what the configuration says, or where it listens. Pure.

#include <string>

#include "base/url.hpp"

namespace opsmon {

// `configured` may be empty. `hostname` is the machine's, for a sidecar that listens on every
// address.
[[nodiscard]] std::string external_url(const std::string& configured, const HostPort& listening,
                                       const std::string& hostname, bool has_tls);

} // namespace opsmon
