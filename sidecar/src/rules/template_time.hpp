#pragma once
// This component provides moments of templates in the form that somebody wants:
// `.StartsAt.Format "15:04:05"`, with Go's way to write a layout. Moments are in UTC.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace opsmon::rules {

// `moment` as templates print it: 2026-11-24 23:59:11 +0000 UTC.
[[nodiscard]] Result<std::string> format_moment(std::string_view moment, std::string_view layout);

} // namespace opsmon::rules
