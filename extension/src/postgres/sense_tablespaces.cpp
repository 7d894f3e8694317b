#include "postgres/sense.hpp"

#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

OPSMON_PG_HEADERS_BEGIN
#include "storage/fd.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {
namespace {

constexpr char kFolder[] = "pg_tblspc";

bool is_object_id(const char* name) {
    return name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
}

// The volume a path lies on, for as much as can be told.
void look_at(core::Volume& volume, const char* path) {
    struct stat identity;
    struct statvfs facts;
    if (stat(path, &identity) != 0 || statvfs(path, &facts) != 0) {
        volume.error_number = errno;
        return;
    }
    volume.device = identity.st_dev;
    core::measure(volume,
                  core::VolumeFacts{facts.f_frsize, facts.f_blocks, facts.f_bavail, facts.f_files,
                                    facts.f_favail, (facts.f_flag & ST_RDONLY) != 0});
}

bool lies_on(const core::Volume& volume, const char* path) {
    struct stat identity;
    return stat(path, &identity) == 0 && identity.st_dev == volume.device;
}

bool is_server_volume(const core::Volume& volume) {
    return lies_on(volume, "pg_wal") || lies_on(volume, ".");
}

// One that cannot be reached counts as one of its own.
core::Volume* same_volume(core::SlowFacts& facts, const core::Volume& volume) {
    for (std::uint32_t i = 0; i < facts.tablespace_count; ++i) {
        core::Volume& other = facts.tablespaces[i];
        if (volume.error_number == 0 && other.error_number == 0 && other.device == volume.device) {
            return &other;
        }
    }
    return nullptr;
}

bool is_before(const core::Volume& a, const core::Volume& b) {
    return strtoul(a.tablespace.bytes, nullptr, 10) < strtoul(b.tablespace.bytes, nullptr, 10);
}

// In the same order each time, whatever the order of the directory: the guard remembers by place.
void add(core::SlowFacts& facts, const core::Volume& volume) {
    if (core::Volume* known = same_volume(facts, volume)) {
        if (is_before(volume, *known)) {
            *known = volume;
        }
    } else if (facts.tablespace_count == core::kTablespacesMax) {
        ++facts.tablespaces_omitted;
    } else {
        facts.tablespaces[facts.tablespace_count++] = volume;
    }
}

void sort(core::SlowFacts& facts) {
    for (std::uint32_t i = 1; i < facts.tablespace_count; ++i) {
        for (std::uint32_t j = i;
             j > 0 && is_before(facts.tablespaces[j], facts.tablespaces[j - 1]); --j) {
            const core::Volume later = facts.tablespaces[j - 1];
            facts.tablespaces[j - 1] = facts.tablespaces[j];
            facts.tablespaces[j] = later;
        }
    }
}

} // namespace

void tablespaces(core::SlowFacts& facts) {
    facts.tablespace_count = 0;
    facts.tablespaces_omitted = 0;
    DIR* directory = AllocateDir(kFolder);
    while (const dirent* entry = ReadDir(directory, kFolder)) {
        if (!is_object_id(entry->d_name)) {
            continue;
        }
        char path[MAXPGPATH];
        snprintf(path, sizeof path, "%s/%s", kFolder, entry->d_name);
        core::Volume volume{};
        volume.kind = core::VolumeKind::Tablespace;
        volume.tablespace.assign(entry->d_name);
        look_at(volume, path);
        if (volume.error_number != 0 || !is_server_volume(volume)) {
            add(facts, volume);
        }
    }
    FreeDir(directory);
    sort(facts);
}

} // namespace opsmon::sense
