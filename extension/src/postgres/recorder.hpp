#pragma once
// The recorder keeps what was sampled: at once in shared memory, and in the history tables as soon
// as it may, in transactions of its own that may fail without harm: what is not written yet stays
// in memory and is written later. Run by the sampler after each tick. It never writes on a standby
// or when there is no room for WAL, and never waits longer than the sampler's lock_timeout.

#include "postgres/postgres.hpp"

namespace opsmon::recorder {

// Starts the account the SQL function opsmon.status shows.
void open();

// Keeps a sample in shared memory, whatever becomes of the tables.
void remember(const core::SamplerSample& sample);

// Writes what is not written yet, or notes why it does not.
void record(MemoryContext context);

} // namespace opsmon::recorder
