// Ends what was already writing when the fence went up. The guard calls this and must never wait:
// the array of processes is read without its lock. What that could cost is a signal to a process
// that has just ended, or to another in its place, which core's own pg_cancel_backend() risks too.

#include "core/fence.hpp"
#include "postgres/compat.hpp"
#include "postgres/fence.hpp"
#include "postgres/fence_marks.hpp"
#include "postgres/shmem.hpp"
#include "postgres/worker.hpp"

#include <signal.h>

OPSMON_PG_HEADERS_BEGIN
#include "access/transam.h"
#include "replication/syncrep.h"
#include "replication/walsender_private.h"
#include "storage/proc.h"
#include "utils/wait_event.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {
namespace {

// The same process is signalled no more often than this: ending can take a while.
constexpr std::uint32_t kPatienceMs = 50;
// So long must be looked at what was let pass, or has not written yet, before it is ended: a COMMIT
// that is on its way; a statement that is parsed and planned and has not met the fence yet.
constexpr std::uint32_t kPassingMs = 50;
constexpr std::uint32_t kReadingMs = 200;
// Who has caught a cancel may be at it for so long.
constexpr std::uint32_t kCaughtMs = 2000;

// nullptr: another process.
const WalSnd* walsender(int pid) {
    for (int i = 0; WalSndCtl != nullptr && i < max_wal_senders; ++i) {
        if (WalSndCtl->walsnds[i].pid == pid) {
            return &WalSndCtl->walsnds[i];
        }
    }
    return nullptr;
}

// Any other may run statements, as for the first copy of a subscription's table; also one that is
// in the state of a backup, which has no transaction and leaves the state behind.
bool is_sending_wal(int pid) {
    const WalSnd* sender = walsender(pid);
    return sender != nullptr && sender->state != WALSNDSTATE_STARTUP &&
           sender->state != WALSNDSTATE_BACKUP;
}

// A signal would not save a byte any more, but would end the wait. Who commits says so beforehand;
// this is for whoever could not. Delaying a checkpoint is no sign of it: who logs hint bits does so
// for most of its time, whether it writes or only reads.
bool waits_for_standby(const PGPROC& process) {
    return process.syncRepState != SYNC_REP_NOT_WAITING;
}

bool is_parallel_worker(const PGPROC& process) {
    return process.lockGroupLeader != nullptr && process.lockGroupLeader != &process;
}

// What a process is busy with, as a number that changes with it; 0: nothing that the sweep ends.
std::uint32_t busy_with(const PGPROC& process, Mark mark, bool all) {
    const bool has_xid = TransactionIdIsValid(process.xid);
    const std::uint32_t lxid = compat::local_transaction(process);
    const std::uint32_t transaction = has_xid ? process.xid : lxid;
    const std::uint8_t flags = process.statusFlags;
    if ((flags & PROC_IS_AUTOVACUUM) != 0) {
        return lxid;
    }
    const bool says_it_writes =
        mark == Mark::Writing || mark == Mark::Loading || mark == Mark::Several;
    // For what a parallel worker reads, or makes for a command, its leader is asked.
    if (mark == Mark::Applying || is_parallel_worker(process)) {
        return says_it_writes || (all && has_xid) ? transaction : 0;
    }
    // Idle in its transaction: its COMMIT must pass, and its next write will be refused.
    if (process.wait_event_info == WAIT_EVENT_CLIENT_READ && mark != Mark::Loading) {
        return 0;
    }
    if (has_xid || (flags & PROC_IN_VACUUM) != 0 || says_it_writes) {
        return transaction;
    }
    // Also who only reads; but not who is still logging in.
    if (all && OidIsValid(process.roleId) && !is_sending_wal(process.pid)) {
        return lxid;
    }
    return 0;
}

bool is_spared(Mark mark, std::uint32_t bits) {
    switch (mark) {
    case Mark::Repairing:
    case Mark::Passing:
    case Mark::Held:
    case Mark::Own:
        return true;
    case Mark::Exempt:
        return (bits & core::kFenceExempt) == 0;
    case Mark::Judged:
        return (bits & core::kFenceAll) == 0;
    case Mark::None:
    case Mark::Writing:
    case Mark::Loading:
    case Mark::Several:
    case Mark::Applying:
        return false;
    }
    return false;
}

struct Sweep {
    bool first;
    std::uint32_t bits;
    std::uint32_t epoch;
    std::uint32_t now_ms;
};

// A transaction that nothing spares, as busy_with() has it. What a process says of itself is read
// first: when the transaction is still there afterwards, it was not yet committing then.
std::uint32_t to_be_ended(const PGPROC& process, const Place& place, const Sweep& sweep) {
    const Mark mark = marks::read(place, sweep.epoch);
    if (marks::is_committing(place) || is_spared(mark, sweep.bits)) {
        return 0;
    }
    pg_read_barrier();
    return waits_for_standby(process)
               ? 0
               : busy_with(process, mark, (sweep.bits & core::kFenceAll) != 0);
}

// How long it must have been seen; 0: at two looks in a row, as a COMMIT that has just arrived
// looks like a writer until it says what it is.
std::uint32_t must_be_seen_ms(const PGPROC& process, Mark mark) {
    if (TransactionIdIsValid(process.xid)) {
        return mark == Mark::Judged ? kPassingMs : 0;
    }
    switch (mark) {
    case Mark::None:
        return (process.statusFlags & (PROC_IN_VACUUM | PROC_IS_AUTOVACUUM)) != 0 ? 0 : kReadingMs;
    case Mark::Judged:
        return kReadingMs;
    case Mark::Writing:
    case Mark::Loading:
        return 0;
    default:
        return kPassingMs;
    }
}

bool is_due(const PGPROC& process, Place& place, std::uint32_t busy, const Sweep& sweep) {
    const bool seen_before = pg_atomic_read_u32(&place.seen) == busy;
    if (!seen_before) {
        pg_atomic_write_u32(&place.seen, busy);
        pg_atomic_write_u32(&place.seen_since_ms, sweep.now_ms);
    }
    const Mark mark = marks::read(place, sweep.epoch);
    if (sweep.first) {
        return true;
    }
    if (sweep.now_ms - pg_atomic_read_u32(&place.signalled_ms) < kPatienceMs) {
        return false;
    }
    // Which is another transaction at each look.
    return mark == Mark::Several ||
           (seen_before && sweep.now_ms - pg_atomic_read_u32(&place.seen_since_ms) >=
                               must_be_seen_ms(process, mark));
}

// Whether the transaction is cancelled for the first time under this fence; remembers it.
bool is_first_cancel(const PGPROC& process, Place& place, const Sweep& sweep) {
    const std::uint32_t transaction = compat::local_transaction(process);
    if (pg_atomic_read_u32(&place.cancelled) == transaction &&
        pg_atomic_read_u32(&place.cancelled_in) == sweep.epoch) {
        return false;
    }
    pg_atomic_write_u32(&place.cancelled, transaction);
    pg_atomic_write_u32(&place.cancelled_in, sweep.epoch);
    pg_atomic_write_u32(&place.cancelled_since_ms, sweep.now_ms);
    // What was caught before is no sign of catching this.
    pg_atomic_write_u32(&place.caught, 0);
    return true;
}

// Cancelled, an apply worker reports an error, and its subscription may be disabled for it;
// terminated, it is started again, and held at its first commit. And who catches his cancel, and
// goes on, loses his session; not who has not heard of it yet, because a disk or his client is
// slow.
int signal_for(const Place& place, Mark mark, const Sweep& sweep) {
    if (mark == Mark::Applying) {
        return SIGTERM;
    }
    const bool has_caught = pg_atomic_read_u32(const_cast<pg_atomic_uint32*>(&place.caught)) != 0;
    const std::uint32_t since_ms =
        pg_atomic_read_u32(const_cast<pg_atomic_uint32*>(&place.cancelled_since_ms));
    return has_caught && sweep.now_ms - since_ms >= kCaughtMs ? SIGTERM : SIGINT;
}

// Whether a statement is ended that was not told before.
bool end_statement(PGPROC& process, Place& place, const Sweep& sweep) {
    const int pid = process.pid;
    const std::uint32_t busy =
        pid != 0 && &process != MyProc ? to_be_ended(process, place, sweep) : 0;
    if (busy == 0) {
        pg_atomic_write_u32(&place.seen, 0);
        return false;
    }
    if (!is_due(process, place, busy, sweep)) {
        return false;
    }
    bool is_told_first = false;
    marks::begin_signal(place);
    if (to_be_ended(process, place, sweep) == busy) {
        pg_atomic_write_u32(&place.signalled_ms, sweep.now_ms);
        // Before it is sent.
        const bool is_first = is_first_cancel(process, place, sweep);
        const int signal = signal_for(place, marks::read(place, sweep.epoch), sweep);
        is_told_first = kill(pid, signal) == 0 && is_first;
    }
    marks::end_signal(place);
    return is_told_first;
}

} // namespace

std::uint32_t sweep(bool first, std::uint32_t bits) {
    FenceControl& fence = shmem::state()->fence;
    pg_memory_barrier(); // the word that was set before is seen by whoever begins to write now
    const Sweep sweep{first, bits, pg_atomic_read_u32(&fence.epoch),
                      static_cast<std::uint32_t>(worker::steady_now() / 1000)};
    std::uint32_t ended = 0;
    for (std::uint32_t i = 0; i < marks::count(); ++i) {
        ended += end_statement(ProcGlobal->allProcs[i], marks::place(i), sweep) ? 1 : 0;
    }
    if (ended > 0) {
        pg_atomic_fetch_add_u64(&fence.cancelled_statements, ended);
    }
    return ended;
}

} // namespace opsmon::fence
