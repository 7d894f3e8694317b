#pragma once
// The sensors: each fills its part of a sample from one source and decides nothing. Those of the
// guard read server memory and the kernel only: no transaction, no catalog, no lock they would have
// to wait for. Those of the sampler run in a transaction with SPI connected.

#include "core/verdict.hpp"
#include "postgres/postgres.hpp"

namespace opsmon::sense {

// --- guard ---------------------------------------------------------------------------------------

void wal_position(core::WalPosition& wal);

// The WAL and the data volume, in the first places of the array; start_volumes() once before.
void start_volumes(core::Volume* volumes);
void volumes(core::Volume* volumes);

// Bytes of the segments past the current one: they exist and will be written again.
core::Bytes reusable_wal(const core::WalPosition& wal);

// False, with nothing changed, when the slot array was being changed at this moment.
bool slots(core::GuardSample& sample);

// In recovery: there is no archiver until it ends.
bool archiver_rests();

// --- reclaimer -----------------------------------------------------------------------------------

// Where the oldest segment begins that waits for the archiver; unknown when none does.
core::Lsn oldest_unarchived(core::Bytes segment_bytes);
// Where the oldest segment in pg_wal begins: reads the directory.
core::Lsn oldest_wal(core::Bytes segment_bytes);

// Tablespaces on volumes of their own, each volume once, in the order of their object ids.
void tablespaces(core::SlowFacts& facts);

// --- sampler -------------------------------------------------------------------------------------

void wal_directory(core::SamplerSample& sample, core::Bytes segment_bytes);
void archiver(core::Archiver& archiver);
void replication(core::SamplerSample& sample);
void activity(core::SamplerSample& sample);
// Adds the statements that run over opsmon.slow_query_threshold, and forgets old ones.
void slow_queries(core::SlowQueries& memory);

// --- whoever looks -------------------------------------------------------------------------------

// Whether this standby receives, from whom, and whether it replays.
void stream(core::VerdictFacts& facts);

} // namespace opsmon::sense
