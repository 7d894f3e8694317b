#pragma once
// This component reads the section `slony.remedy`: whether a dead node of Slony-I is dropped, and
// from when on. slony.cpp calls it. What the DBA consents to stands in the database, not here.

#include "config/sections.hpp"

namespace opsmon::config {

SlonyRemedy read_slony_remedy(Section section, const Context& context);

} // namespace opsmon::config
