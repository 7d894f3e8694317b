#pragma once
// The recorder writes what was sampled into the history tables, in a transaction of its own that
// may fail without harm: the published samples do not depend on it. Run by the sampler after each
// tick. It never writes on a standby, and never waits longer than the sampler's lock_timeout.

#include "postgres/postgres.hpp"

namespace opsmon::recorder {

// Starts the account the SQL function opsmon.status shows.
void open();

// Writes one sample, or notes why it does not.
void record(MemoryContext context);

} // namespace opsmon::recorder
