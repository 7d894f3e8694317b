#pragma once
// This component provides the Host header of a request, as whoever makes one has to send it. The
// HTTP client and the HTTP probe use it.

#include <string>

#include "base/url.hpp"

namespace opsmon {

// The port is named only where it is not the usual one.
std::string host_header(const Url& url);

} // namespace opsmon
