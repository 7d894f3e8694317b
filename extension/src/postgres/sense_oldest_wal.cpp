#include "postgres/sense.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "storage/fd.h"
OPSMON_PG_HEADERS_END

namespace opsmon::sense {

core::Lsn oldest_wal(core::Bytes segment_bytes) {
    std::optional<std::uint64_t> oldest;
    DIR* directory = AllocateDir(XLOGDIR);
    while (const dirent* entry = ReadDir(directory, XLOGDIR)) {
        const core::WalFileName file = core::parse_wal_file_name(entry->d_name, segment_bytes);
        if (file.kind == core::WalFileKind::Segment && (!oldest || file.segment_number < *oldest)) {
            oldest = file.segment_number;
        }
    }
    FreeDir(directory);
    return oldest ? *oldest * segment_bytes : core::kUnknownLsn;
}

} // namespace opsmon::sense
