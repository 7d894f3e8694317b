#include "postgres/sense.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "pgstat.h"
#include "storage/fd.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {

void archiver(core::Archiver& archiver) {
    const PgStat_ArchiverStats* stats = pgstat_fetch_stat_archiver();
    archiver.archived_count = stats->archived_count;
    archiver.failed_count = stats->failed_count;
    archiver.last_archived_wal.assign(stats->last_archived_wal);
    archiver.last_failed_wal.assign(stats->last_failed_wal);
    archiver.last_archived_at = stats->last_archived_timestamp;
    archiver.last_failed_at = stats->last_failed_timestamp;
    archiver.stats_reset_at = stats->stat_reset_timestamp;
}

core::Lsn oldest_unarchived(core::Bytes segment_bytes) {
    if (!XLogArchivingActive()) {
        return core::kUnknownLsn;
    }
    static constexpr const char* kFolder = XLOGDIR "/archive_status";
    core::Lsn oldest = core::kUnknownLsn;
    DIR* directory = AllocateDir(kFolder);
    while (const dirent* entry = ReadDir(directory, kFolder)) {
        const core::Lsn lsn = core::unarchived_segment_lsn(entry->d_name, segment_bytes);
        if (lsn != core::kUnknownLsn && (oldest == core::kUnknownLsn || lsn < oldest)) {
            oldest = lsn;
        }
    }
    FreeDir(directory);
    return oldest;
}

} // namespace opsmon::sense
