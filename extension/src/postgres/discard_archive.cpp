#include "postgres/discard_archive.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "access/xlogarchive.h"
#include "storage/fd.h"
OPSMON_PG_HEADERS_END

namespace opsmon::discard_archive {
namespace {

using SegmentName = core::Text<32>;

constexpr std::size_t kSegmentNameLength = 24;

struct Names {
    SegmentName* names;
    std::uint32_t count;
    std::uint32_t capacity;
};

void add(Names& list, const char* status_name) {
    if (list.count == list.capacity) {
        list.capacity *= 2;
        list.names = static_cast<SegmentName*>(
            repalloc_huge(list.names, list.capacity * sizeof(SegmentName)));
    }
    list.names[list.count++].assign(status_name, kSegmentNameLength);
}

// By position, as their names begin with the timeline.
int compare(const void* a, const void* b) {
    return strcmp(static_cast<const SegmentName*>(a)->bytes + 8,
                  static_cast<const SegmentName*>(b)->bytes + 8);
}

Names waiting_before(core::Lsn until) {
    static constexpr const char* kFolder = XLOGDIR "/archive_status";
    const auto segment_bytes = static_cast<core::Bytes>(wal_segment_size);
    Names list{static_cast<SegmentName*>(palloc(64 * sizeof(SegmentName))), 0, 64};
    DIR* directory = AllocateDir(kFolder);
    while (const dirent* entry = ReadDir(directory, kFolder)) {
        const core::Lsn lsn = core::unarchived_segment_lsn(entry->d_name, segment_bytes);
        if (lsn != core::kUnknownLsn && lsn / segment_bytes < until / segment_bytes) {
            add(list, entry->d_name);
        }
    }
    FreeDir(directory);
    qsort(list.names, list.count, sizeof(SegmentName), compare);
    return list;
}

} // namespace

void give_up(core::Lsn until, Outcome& outcome) {
    outcome = Outcome{};
    const Names list = waiting_before(until);
    if (list.count == 0) {
        return;
    }
    outcome.first = list.names[0];
    outcome.last = list.names[list.count - 1];
    // Said before it is done: no gap without a line about it.
    ereport(WARNING, (errmsg("opsmon gives up %u WAL segments that were not archived: %s to %s",
                             list.count, outcome.first.bytes, outcome.last.bytes),
                      errdetail("The WAL volume is nearly full, and opsmon.archiver_policy is "
                                "\"discard\"."),
                      errhint("The archive has a gap. Take a new base backup as soon as the "
                              "archiver works again.")));
    for (std::uint32_t i = 0; i < list.count; ++i) {
        CHECK_FOR_INTERRUPTS();
        XLogArchiveForceDone(list.names[i].bytes);
        ++outcome.segments;
    }
}

} // namespace opsmon::discard_archive
