#pragma once
// This component turns what stands in the file into a valid `Config`: defaults that fit each other,
// and the checks that need more than one value or know a format. load.cpp calls it. After it
// nothing can be invalid. It looks at no file but the password's.

#include <string>

#include "config/config.hpp"
#include "config/faults.hpp"
#include "config/raw.hpp"

namespace opsmon::config {

// The result is to be used only when no fault was added.
Config finalize(const RawConfig& raw, const std::string& file, Faults& faults);

} // namespace opsmon::config
