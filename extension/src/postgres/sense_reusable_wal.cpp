#include "postgres/sense.hpp"

#include <sys/stat.h>

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlog_internal.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {

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
