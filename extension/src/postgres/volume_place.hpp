#pragma once
// What a volume is called in SQL, and where it is. Used by the SQL functions, which have the time
// to look; the guard's samples carry neither.

#include "postgres/postgres.hpp"

namespace opsmon {

// wal, data, or tablespace:oid.
const char* volume_name(const core::Volume& volume);

// With symbolic links resolved; of a tablespace what its link says, because its volume may hang.
const char* volume_path(const core::Volume& volume);

} // namespace opsmon
