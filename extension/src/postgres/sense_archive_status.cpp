#include "postgres/sense.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "storage/fd.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {

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

// A server that recovers from a crash has no archiver, whatever archive_mode says.
bool archiver_rests() {
    if (!RecoveryInProgress()) {
        return false;
    }
    return GetRecoveryState() != RECOVERY_STATE_ARCHIVE || !XLogArchivingAlways();
}

} // namespace opsmon::sense
