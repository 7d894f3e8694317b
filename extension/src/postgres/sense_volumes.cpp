#include "postgres/sense.hpp"

#include <sys/stat.h>
#include <sys/statvfs.h>

namespace opsmon::sense {
namespace {

// Relative to the data directory, where every process of the server lives.
const char* relative_path(core::VolumeKind kind) {
    switch (kind) {
    case core::VolumeKind::Wal:
        return "pg_wal";
    case core::VolumeKind::Data:
        return ".";
    case core::VolumeKind::Tablespace:
        break; // not the guard's: a volume that hangs must not hang it
    }
    return "";
}

void measure_volume(core::Volume& volume) {
    const char* path = relative_path(volume.kind);
    struct stat identity;
    struct statvfs facts;
    if (stat(path, &identity) != 0 || statvfs(path, &facts) != 0) {
        volume.known = false;
        volume.error_number = errno;
        return;
    }
    volume.error_number = 0;
    volume.device = identity.st_dev;
    core::measure(volume,
                  core::VolumeFacts{facts.f_frsize, facts.f_blocks, facts.f_bavail, facts.f_files,
                                    facts.f_favail, (facts.f_flag & ST_RDONLY) != 0});
}

} // namespace

void start_volumes(core::Volume* volumes) {
    const core::VolumeKind kinds[] = {core::VolumeKind::Wal, core::VolumeKind::Data};
    static_assert(lengthof(kinds) == core::kVolumeKinds);
    for (size_t i = 0; i < core::kVolumeKinds; ++i) {
        volumes[i] = core::Volume{};
        volumes[i].kind = kinds[i];
    }
}

void volumes(core::Volume* volumes) {
    for (std::size_t i = 0; i < core::kVolumeKinds; ++i) {
        measure_volume(volumes[i]);
    }
}

} // namespace opsmon::sense
