#include "postgres/free_wal.hpp"

#include "postgres/compat.hpp"
#include "postgres/sense.hpp"
#include "postgres/worker.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "access/xlog_internal.h"
#include "postmaster/bgwriter.h"
#include "storage/fd.h"
#include "storage/latch.h"
OPSMON_PG_HEADERS_END

namespace opsmon::free_wal {
namespace {

constexpr core::TimeUs kPatienceUs = 60 * core::kUsPerSecond;
constexpr core::TimeUs kAskAgainUs = 5 * core::kUsPerSecond;
constexpr long kStepMs = 20;

core::Bytes segment_bytes() {
    return static_cast<core::Bytes>(wal_segment_size);
}

std::uint64_t segment_of(core::Lsn lsn) {
    return lsn / segment_bytes();
}

// Counted by the names that are there: the server's own account of what it removed says when it
// begins with a segment, in no particular order, not when it is done.
std::optional<std::uint64_t> oldest_segment_from(std::uint64_t first) {
    std::optional<std::uint64_t> oldest;
    DIR* directory = AllocateDir(XLOGDIR);
    while (const dirent* entry = ReadDir(directory, XLOGDIR)) {
        const core::WalFileName file = core::parse_wal_file_name(entry->d_name, segment_bytes());
        if (file.kind == core::WalFileKind::Segment && file.segment_number >= first &&
            (!oldest || file.segment_number < *oldest)) {
            oldest = file.segment_number;
        }
    }
    FreeDir(directory);
    return oldest;
}

bool is_gone(const Range& range) {
    const std::optional<std::uint64_t> oldest = oldest_segment_from(segment_of(range.from));
    return !oldest || *oldest >= segment_of(range.until);
}

void say_why(core::Lsn redo_before, core::Message& detail) {
    const bool began = GetRedoRecPtr() != redo_before;
    if (RecoveryInProgress() && !began) {
        detail.assign("the WAL is still there: a standby removes it when it has replayed the "
                      "primary's next checkpoint; a CHECKPOINT on the primary brings that about");
    } else if (began) {
        detail.assign("the WAL is still there after 60 s although a checkpoint has begun: it does "
                      "not end, or something else holds the WAL; see opsmon.wal_retention");
    } else {
        detail.assign("the WAL is still there: no checkpoint has begun within 60 s; look for the "
                      "checkpointer in pg_stat_activity and in the server's log");
    }
}

} // namespace

bool Range::empty() const {
    return segment_of(until) <= segment_of(from);
}

core::Lsn oldest_lsn() {
    const std::optional<std::uint64_t> oldest = oldest_segment_from(0);
    return oldest ? *oldest * segment_bytes() : core::kUnknownLsn;
}

core::Bytes kept_since(core::Lsn from) {
    core::WalPosition wal;
    sense::wal_position(wal);
    const core::Lsn current = core::current_lsn(wal);
    const std::optional<std::uint64_t> oldest = oldest_segment_from(segment_of(from));
    return oldest ? core::bytes_between(current, *oldest * segment_bytes()) : 0;
}

bool by_checkpoint(const Range& range, Meanwhile meanwhile, core::Message& detail) {
    const uint32 waiting = compat::wait_event("OpsmonFreeWal");
    const core::Lsn redo_before = GetRedoRecPtr();
    const core::TimeUs began_at = worker::steady_now();
    core::TimeUs asked_at = began_at;
    // Forced: under a fence nothing has been written since the last one, and it would be left out.
    RequestCheckpoint(CHECKPOINT_IMMEDIATE | CHECKPOINT_FORCE);
    while (!is_gone(range)) {
        const core::TimeUs now = worker::steady_now();
        if (now - began_at > kPatienceUs) {
            say_why(redo_before, detail);
            return false;
        }
        if (meanwhile != nullptr && !meanwhile()) {
            detail.assign("not waited for: something more urgent was ordered");
            return false;
        }
        // A restartpoint writes no WAL and is none before the primary's next checkpoint is
        // replayed: asking again costs nothing.
        if (RecoveryInProgress() && now - asked_at > kAskAgainUs) {
            asked_at = now;
            RequestCheckpoint(CHECKPOINT_IMMEDIATE);
        }
        (void)WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, kStepMs, waiting);
        ResetLatch(MyLatch);
        CHECK_FOR_INTERRUPTS();
    }
    return true;
}

} // namespace opsmon::free_wal
