#pragma once
// The settings `opsmon.*`, as every process of the server sees them. Defined once, when the library
// is preloaded; the workers read them at each tick, so a reload takes effect at once.

#include "postgres/postgres.hpp"

namespace opsmon::gucs {

extern char* database;              // where the sampler connects and writes its history
extern int sample_interval_ms;      // between two ticks of the sampler
extern int guard_interval_ms;       // between two ticks of the guard
extern int history_retention_min;   // 0: no history is written
extern int slow_query_threshold_ms; // -1: no statement is slow; 0: all are
extern bool slow_query_text;        // false: texts of statements are neither kept nor shown

extern int guard_mode; // a core::GuardMode
core::GuardMode mode();
extern bool rung_acts[core::kRungs]; // from opsmon.guard_rungs
extern int stall_time_s;
extern int stall_mb;
extern int consumer_grace_s; // read in SQL, by opsmon.learn_consumers()
extern int fence_wait_ms;
extern char* fence_exempt_roles; // a list of roles, or the word `superusers`
extern int ballast_mb;           // -1: by the size of the volume; 0: none
enum class ArchiverPolicy : int { Keep, Discard };
extern int archiver_policy; // an ArchiverPolicy
// Free space below which a rung is entered, in MB, indexed by core::Rung; 0: the default share.
extern int free_mb[core::kRungs];

void define();

} // namespace opsmon::gucs
