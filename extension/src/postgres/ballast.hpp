#pragma once
// The ballast at the edge: a file of known size that is given up when a volume is full, so that
// recovery and repair have room. The guard and, at start and before every crash recovery, the
// postmaster release it; only the reclaimer builds it. A file that does not say in its first bytes
// that it is opsmon's ballast is never touched.

#include "postgres/postgres.hpp"

namespace opsmon::ballast {

// Bytes gained; nothing when there was no ballast of ours. Never raises an error.
std::optional<core::Bytes> release(core::VolumeKind volume);

// From the shared memory startup hook, in the postmaster: releases what there is on a volume that
// has less than two WAL segments left, says so in the log, and reports it to the guard.
void release_if_no_room();

// Size of the ballast that is there; for the reclaimer.
std::optional<core::Bytes> size_of(core::VolumeKind volume);

// For the reclaimer, which may wait: raises an error when it cannot be made, and leaves nothing.
void build(core::VolumeKind volume, core::Bytes bytes);

// What is left of one that was being built when the server or the reclaimer ended.
void remove_unfinished(core::VolumeKind volume);

} // namespace opsmon::ballast
