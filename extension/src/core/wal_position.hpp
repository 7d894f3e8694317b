#pragma once
// Where the server stands in its WAL, and how far somebody else is behind. Filled by the guard's
// WAL sensor, used for every lag and every retention figure. It never compares with the position
// that was merely sent: WAL nobody has sent yet is lag too.

#include "core/units.hpp"

namespace opsmon::core {

struct WalPosition {
    bool in_recovery;
    std::uint32_t timeline;
    Lsn insert_lsn;  // primary only
    Lsn write_lsn;   // primary only
    Lsn flush_lsn;   // primary only
    Lsn receive_lsn; // standby only; unknown without streaming since the start
    Lsn replay_lsn;  // standby only
    Lsn redo_lsn;    // where crash recovery would begin
    Bytes segment_bytes;
};

// The newest WAL this server has: what it wrote, or as a standby what it received or replayed (from
// the archive it can have replayed more than it ever received).
constexpr Lsn current_lsn(const WalPosition& wal) {
    if (!wal.in_recovery) {
        return wal.write_lsn;
    }
    return wal.receive_lsn > wal.replay_lsn ? wal.receive_lsn : wal.replay_lsn;
}

} // namespace opsmon::core
