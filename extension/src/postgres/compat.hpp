#pragma once
// Everything that differs between the supported PostgreSQL versions stands here, and nowhere else.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "access/xlog.h"
#include "postmaster/autovacuum.h"
#include "replication/slot.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/wait_event.h"
#if PG_VERSION_NUM >= 170000
#include "postmaster/walsummarizer.h"
#endif
OPSMON_PG_HEADERS_END

#if PG_VERSION_NUM < 150000
#error "opsmon needs PostgreSQL 15 or later"
#endif

// From 18 on a server can say which version of a library it has loaded (pg_get_loaded_modules()).
#if PG_VERSION_NUM >= 180000
#define OPSMON_MODULE_MAGIC PG_MODULE_MAGIC_EXT(.name = "opsmon", .version = OPSMON_VERSION)
#else
#define OPSMON_MODULE_MAGIC PG_MODULE_MAGIC
#endif

namespace opsmon::compat {

// Why the server took a slot's WAL away, in the words of pg_replication_slots.invalidation_reason;
// nullptr for a slot that is valid. Before 16 there was one reason only.
inline const char* invalidation_reason(const ReplicationSlot& slot) {
#if PG_VERSION_NUM < 160000
    return slot.data.invalidated_at != InvalidXLogRecPtr &&
                   slot.data.restart_lsn == InvalidXLogRecPtr
               ? "wal_removed"
               : nullptr;
#else
    switch (slot.data.invalidated) {
    case RS_INVAL_NONE:
        return nullptr;
    case RS_INVAL_WAL_REMOVED:
        return "wal_removed";
    case RS_INVAL_HORIZON:
        return "rows_removed";
    case RS_INVAL_WAL_LEVEL:
        return "wal_level_insufficient";
#if PG_VERSION_NUM >= 180000
    case RS_INVAL_IDLE_TIMEOUT:
        return "idle_timeout";
#endif
    default:
        return "unknown";
    }
#endif
}

// Since when the server itself knows the slot to be unused; 0 where it does not say.
inline TimestampTz inactive_since([[maybe_unused]] const ReplicationSlot& slot) {
#if PG_VERSION_NUM >= 170000
    return slot.inactive_since;
#else
    return 0;
#endif
}

// Whether a slot was copied from the primary and belongs to it. The mark stays after a promotion,
// and means nothing then.
inline bool is_synced([[maybe_unused]] const ReplicationSlot& slot) {
#if PG_VERSION_NUM >= 170000
    return slot.data.synced && RecoveryInProgress();
#else
    return false;
#endif
}

// The oldest WAL that waits for the summarizer. Asked for what it has noted, not for what it would
// find in the directory: that raises errors while a server starts, and notes it down itself. Waits
// for a lock, so it is not for the guard.
inline XLogRecPtr oldest_unsummarized_lsn() {
    XLogRecPtr summarized_lsn = InvalidXLogRecPtr;
#if PG_VERSION_NUM >= 170000
    if (summarize_wal) {
        TimeLineID timeline;
        XLogRecPtr pending_lsn;
        int pid;
        GetWalSummarizerState(&timeline, &summarized_lsn, &pending_lsn, &pid);
    }
#endif
    return summarized_lsn;
}

// How safe the WAL of a slot is from the next checkpoint, but for what the summarizer keeps: to ask
// it, the server takes a lock and may read a directory, and the guard must not wait. This process
// alone believes for a moment that there is no summarizer.
inline WALAvailability wal_availability(XLogRecPtr restart_lsn) {
#if PG_VERSION_NUM >= 170000
    const bool summarizes = summarize_wal;
    summarize_wal = false;
    const WALAvailability answer = GetWALAvailability(restart_lsn);
    summarize_wal = summarizes;
    return answer;
#else
    return GetWALAvailability(restart_lsn);
#endif
}

// A process's place in the server's array of them.
inline uint32 place_of(const PGPROC& process) {
#if PG_VERSION_NUM >= 170000
    return static_cast<uint32>(GetNumberFromPGProc(&process));
#else
    return static_cast<uint32>(process.pgprocno);
#endif
}

inline bool is_autovacuum_worker() {
#if PG_VERSION_NUM >= 170000
    return AmAutoVacuumWorkerProcess();
#else
    return IsAutoVacuumWorkerProcess();
#endif
}

// The number of the transaction a process is in, also of one that has written nothing; 0: none.
inline uint32 local_transaction(const PGPROC& process) {
#if PG_VERSION_NUM >= 170000
    return process.vxid.lxid;
#else
    return process.lxid;
#endif
}

// What a check hook hands to its assign hook; the server frees it. nullptr: there is no memory.
inline void* guc_memory(std::size_t bytes) {
#if PG_VERSION_NUM >= 160000
    return guc_malloc(LOG, bytes);
#else
    return malloc(bytes);
#endif
}

// The setting that keeps all event triggers from firing in a session; nullptr where there is none.
inline const char* event_triggers_setting() {
#if PG_VERSION_NUM >= 170000
    return "event_triggers";
#else
    return nullptr;
#endif
}

// The wait event a worker shows while it has nothing to do.
inline uint32 wait_event([[maybe_unused]] const char* name) {
#if PG_VERSION_NUM >= 170000
    return WaitEventExtensionNew(name);
#else
    return PG_WAIT_EXTENSION;
#endif
}

} // namespace opsmon::compat
