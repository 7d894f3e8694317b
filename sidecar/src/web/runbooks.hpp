#pragma once
// This component provides the runbook of each alert that is shipped: its paragraph in
// docs/runbooks/, which is built in, so that the link in a message works where nothing else does.
// The web server sends it.

#include <optional>
#include <string>
#include <string_view>

namespace opsmon::web {

extern const std::string_view kRunbooks;

// Text for people; nothing where no alert of this name is shipped.
[[nodiscard]] std::optional<std::string> runbook(std::string_view alert);

} // namespace opsmon::web
