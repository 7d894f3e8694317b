#pragma once
// The settings `opsmon.*`, as every process of the server sees them. Defined once, when the library
// is preloaded; the workers read them at each tick, so a reload takes effect at once.

#include "postgres/postgres.hpp"

namespace opsmon::gucs {

extern char* database;            // where the sampler connects and writes its history
extern int sample_interval_ms;    // between two ticks of the sampler
extern int guard_interval_ms;     // between two ticks of the guard
extern int history_retention_min; // 0: no history is written

enum class GuardMode : int { Off, Observe };
extern int guard_mode; // a GuardMode
// Free space below which a rung is entered, in MB, indexed by core::Rung; 0: the default share.
extern int free_mb[core::kRungs];

void define();

} // namespace opsmon::gucs
