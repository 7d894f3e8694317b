#include "postgres/sense.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "pgstat.h"
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

} // namespace opsmon::sense
