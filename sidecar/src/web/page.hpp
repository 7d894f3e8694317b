#pragma once
// This component provides the page at /: what this is, and where to go. The web server sends it. It
// asks no other host for anything.

#include <string>

namespace opsmon::web {

const std::string& start_page();

} // namespace opsmon::web
