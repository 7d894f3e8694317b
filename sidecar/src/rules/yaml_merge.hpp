#pragma once
// This component carries out YAML's merge keys (`<<: *defaults`), as Go's YAML package does: what
// the mapping says itself goes before what is merged in, and earlier before later. Loading of a
// file uses it; yaml-cpp knows no merge keys.

#include "base/result.hpp"

#include <yaml-cpp/yaml.h>

namespace opsmon::rules {

// The error begins with the line, and a colon.
[[nodiscard]] Result<void> merge_keys(YAML::Node root);

} // namespace opsmon::rules
