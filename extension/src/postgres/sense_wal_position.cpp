#include "postgres/sense.hpp"

#include <sys/stat.h>

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "access/xlogrecovery.h"
#include "replication/walreceiver.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {

void wal_position(core::WalPosition& wal) {
    wal = core::WalPosition{};
    wal.in_recovery = RecoveryInProgress();
    wal.segment_bytes = static_cast<core::Bytes>(wal_segment_size);
    wal.redo_lsn = GetRedoRecPtr();
    TimeLineID timeline = 0;
    if (wal.in_recovery) {
        wal.receive_lsn = GetWalRcvFlushRecPtr(nullptr, nullptr);
        wal.replay_lsn = GetXLogReplayRecPtr(&timeline);
    } else {
        wal.insert_lsn = GetXLogInsertRecPtr();
        wal.write_lsn = GetXLogWriteRecPtr();
        wal.flush_lsn = GetFlushRecPtr(&timeline);
    }
    wal.timeline = timeline;
}

core::Bytes reusable_wal(const core::WalPosition& wal) {
    // A few microseconds each; more than this many are not needed to know that there is room.
    static constexpr std::uint64_t kProbesMax = 1024;
    static constexpr core::Bytes kBytesPerBlock = 512; // of st_blocks, by definition
    const core::Lsn current = core::current_lsn(wal);
    if (current == core::kUnknownLsn || wal.timeline == 0) {
        return 0;
    }
    core::Bytes bytes = 0;
    const std::uint64_t first = current / wal.segment_bytes + 1;
    for (std::uint64_t segment = first; segment < first + kProbesMax; ++segment) {
        char path[MAXPGPATH];
        XLogFilePath(path, wal.timeline, segment, wal_segment_size);
        struct stat facts;
        if (stat(path, &facts) != 0) {
            break;
        }
        // What is allocated, not the size: with wal_init_zero off a new segment is a hole.
        bytes += static_cast<core::Bytes>(facts.st_blocks) * kBytesPerBlock;
    }
    return bytes;
}

} // namespace opsmon::sense
