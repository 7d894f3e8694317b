#include "postgres/volume_place.hpp"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

namespace opsmon {
namespace {

const char* resolved(const char* path) {
    char* target = static_cast<char*>(palloc(PATH_MAX));
    return realpath(path, target) != nullptr ? target : path;
}

const char* link_of(const core::Volume& volume) {
    const char* link = psprintf("pg_tblspc/%s", volume.tablespace.bytes);
    char* target = static_cast<char*>(palloc0(PATH_MAX));
    return readlink(link, target, PATH_MAX - 1) > 0 ? target : link;
}

} // namespace

const char* volume_name(const core::Volume& volume) {
    return volume.kind == core::VolumeKind::Tablespace
               ? psprintf("tablespace:%s", volume.tablespace.bytes)
               : core::name_of(volume.kind);
}

const char* volume_path(const core::Volume& volume) {
    switch (volume.kind) {
    case core::VolumeKind::Wal:
        return resolved("pg_wal");
    case core::VolumeKind::Data:
        return resolved(".");
    case core::VolumeKind::Tablespace:
        return link_of(volume);
    }
    return "";
}

} // namespace opsmon
