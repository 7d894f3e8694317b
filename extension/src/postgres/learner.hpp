#pragma once
// The learner has opsmon.consumers filled with who takes WAL from this server: after each sample it
// calls opsmon.learn_consumers(), in a transaction of its own, so that a table somebody holds
// locked costs neither the sample nor its history. Run by the sampler, on a primary whose fence is
// down; it never waits longer than the sampler's lock_timeout.

#include "postgres/postgres.hpp"

namespace opsmon::learner {

// Starts the account opsmon.live_learner() shows.
void open();

// Learns once, or counts that it could not.
void learn(MemoryContext context);

} // namespace opsmon::learner
