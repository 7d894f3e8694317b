#pragma once
// The sensors: each fills its part of a sample from one source and decides nothing. Those of the
// guard read server memory and the kernel only: no transaction, no catalog, no lock they would have
// to wait for. Those of the sampler run in a transaction with SPI connected.

#include "postgres/postgres.hpp"

namespace opsmon::sense {

// --- guard ---------------------------------------------------------------------------------------

void wal_position(core::WalPosition& wal);

// Resolves where the volumes are; once per process, because it walks symbolic links.
void locate_volumes(core::Volume (&volumes)[core::kVolumeKinds]);
void volumes(core::Volume (&volumes)[core::kVolumeKinds]);

// Bytes of the segments past the current one: they exist and will be written again.
core::Bytes reusable_wal(const core::WalPosition& wal);

// False, with nothing changed, when the slot array was being changed at this moment.
bool slots(core::GuardSample& sample);

// --- sampler -------------------------------------------------------------------------------------

void wal_directory(core::SamplerSample& sample, core::Bytes segment_bytes);
void archiver(core::Archiver& archiver);
core::Lsn oldest_unarchived(core::Bytes segment_bytes);
void replication(core::SamplerSample& sample);
void activity(core::SamplerSample& sample);

} // namespace opsmon::sense
