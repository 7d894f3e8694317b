#include "postgres/sense.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
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

} // namespace opsmon::sense
