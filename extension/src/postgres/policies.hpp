#pragma once
// What people say in opsmon.consumers, in shared memory, where the guard and the reclaimer find it
// without a database. The sampler loads it every ten seconds, on a standby too, and at once when
// somebody has changed it here; until then, and when it has grown old, nobody is evicted.

#include "postgres/postgres.hpp"

namespace opsmon::policies {

// For the sampler: loads the table when it is time to, or when it has been changed.
void keep_loaded(MemoryContext context);

// False when there is none that may be gone by: never loaded, or changed since. How old it may be
// is the core's to say.
bool read(core::PolicyTable& table);

} // namespace opsmon::policies
