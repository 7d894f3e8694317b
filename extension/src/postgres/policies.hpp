#pragma once
// Loads what people say in opsmon.consumers into shared memory, where the guard and the reclaimer
// find it without a database. Called by the sampler after each sample, on a standby too; where the
// table cannot be read, what was loaded grows old and counts for nothing after three minutes.

#include "postgres/postgres.hpp"

namespace opsmon::policies {

// True when the table was read; false also where the extension does not exist.
bool load(MemoryContext context);

} // namespace opsmon::policies
