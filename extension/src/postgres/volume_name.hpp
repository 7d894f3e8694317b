#pragma once
// What a volume is called in SQL: wal, data, or tablespace:oid. Used by the SQL functions.

#include "postgres/postgres.hpp"

namespace opsmon {

inline const char* volume_name(const core::Volume& volume) {
    return volume.kind == core::VolumeKind::Tablespace
               ? psprintf("tablespace:%s", volume.tablespace.bytes)
               : core::name_of(volume.kind);
}

} // namespace opsmon
