#pragma once
// This component reads what a service's probe expects: the sections `http`, `tls`, `basic_auth` and
// `steps` of one entry of `services`. services.cpp calls it. It reads no secret: files are named
// here and read by the probe.

#include <cstddef>
#include <string>

#include "config/sections.hpp"

namespace opsmon::config {

inline constexpr std::size_t kMaxSocketPathBytes = 107;

bool is_unit_name(const std::string& text);
// The socket of the server in a folder, or the socket itself when that is what was given.
std::string postgres_socket(const std::string& path);

void read_checks(Section& section, const Context& context, Service& out);

} // namespace opsmon::config
