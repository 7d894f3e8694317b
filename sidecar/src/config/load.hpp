#pragma once
// This component provides `load_config`: from opsmon.yml to a valid `Config`, or every fault in it
// at once, each with file, line and key. The application calls it at start, on reload and for
// check-config. It reads no other file than the one named.

#include <string>

#include "base/result.hpp"
#include "config/config.hpp"
#include "config/key_book.hpp"

namespace opsmon::config {

Result<Config> load_config(const std::string& file);

// The same for text at hand; `file` only names it, and is what relative paths are relative to.
Result<Config> parse_config(const std::string& yaml, const std::string& file);

// Every key of opsmon.yml.
void describe_config(KeyBook& book);

} // namespace opsmon::config
