#pragma once
// The settings `opsmon.*` and of the server in the terms of the guard's core. Used by the guard at
// each tick and by the SQL functions that show what it would do.

#include "postgres/postgres.hpp"

namespace opsmon {

core::GuardSettings guard_settings();

} // namespace opsmon
