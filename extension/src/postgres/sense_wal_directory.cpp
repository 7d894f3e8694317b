#include "postgres/sense.hpp"

#include <sys/stat.h>

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog_internal.h"
#include "common/file_utils.h"
#include "storage/fd.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {

void wal_directory(core::SamplerSample& sample, core::Bytes segment_bytes) {
    core::start(sample.wal_directory);
    DIR* directory = AllocateDir(XLOGDIR);
    while (const dirent* entry = ReadDir(directory, XLOGDIR)) {
        if (strncmp(entry->d_name, PG_TEMP_FILE_PREFIX, strlen(PG_TEMP_FILE_PREFIX)) == 0) {
            continue; // the ballast is no WAL
        }
        char path[MAXPGPATH];
        snprintf(path, sizeof path, "%s/%s", XLOGDIR, entry->d_name);
        struct stat facts;
        // A file that has just been removed or renamed is simply not there any more.
        if (stat(path, &facts) != 0 || !S_ISREG(facts.st_mode)) {
            continue;
        }
        core::add_file(sample.wal_directory, entry->d_name, static_cast<core::Bytes>(facts.st_size),
                       sample.current_lsn, segment_bytes);
    }
    FreeDir(directory);
    sample.wal_directory_known = true;
}

} // namespace opsmon::sense
