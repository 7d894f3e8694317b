#pragma once
// The guard's events as lines of the server's log, one each, so that the log tells the story when
// nothing else does. Written by the reclaimer: what takes the log may be stuck, and the guard must
// not be. A line comes once, also when the reclaimer is started anew.

#include "postgres/postgres.hpp"

namespace opsmon {

// Writes what is not in the log yet.
void log_new_events();

} // namespace opsmon
