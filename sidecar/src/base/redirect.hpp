#pragma once
// This component says where a redirect leads. The HTTP probe and the webhooks follow it. Pure; it
// refuses what is neither http nor https, and never leads from https to http.

#include <string_view>

#include "base/url.hpp"

namespace opsmon {

Result<Url> redirect_target(const Url& from, std::string_view location);

// The same scheme, host and port: only then are secrets sent along.
bool same_origin(const Url& a, const Url& b);

} // namespace opsmon
