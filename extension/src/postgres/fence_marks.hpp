#pragma once
// What each backend says about itself to the sweep: shared memory with one place for each process
// that can run a transaction. A backend writes its own mark, the sweep reads all of them. Nobody
// ever waits for anything here.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "port/atomics.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {

// Those before Writing are true of one fence only: such a mark carries the epoch it was set in, and
// comes before what the process is whichever fence is up.
enum class Mark : std::uint32_t {
    None,
    Exempt,    // a statement of an exempt session, begun under this fence
    Repairing, // such a one that writes nothing or gives room back: spared in the last stage, too
    Passing,   // rolls back, logs in, or waits at the fence, and so cannot write: never cancelled
    Judged,    // begun under this fence and let pass: spared in the first stage only
    Held,      // a worker kept from committing
    Writing,   // though it has no transaction number that would tell: in WAL messages, for one
    Loading,   // writes what its client sends, also while it waits for that
    Several,   // in a command that writes in one transaction after the other
    Applying,  // a logical apply worker: to be terminated, not cancelled
    Own,       // one of this extension's workers
};

// A cache line each: its backend writes it at every commit.
struct alignas(64) Place {
    // Written by the backend alone.
    pg_atomic_uint32 mark;       // epoch << 4 | Mark, of one fence
    pg_atomic_uint32 nature;     // Mark, of none or all
    pg_atomic_uint32 committing; // past its deferred triggers, whether a fence is up or not
    // 1: it has caught an error. The sweep clears it before it cancels a transaction first.
    pg_atomic_uint32 caught;
    // Of those who signal: in the low half how many are about to, above it how many have been.
    pg_atomic_uint32 signals;
    // Of the sweep: what was being written when it looked last, since when it has been, and when
    // the last signal was sent.
    pg_atomic_uint32 seen;
    pg_atomic_uint32 seen_since_ms;
    pg_atomic_uint32 signalled_ms;
    // The transaction that was cancelled last, under which fence, and since when it has been.
    pg_atomic_uint32 cancelled;
    pg_atomic_uint32 cancelled_in;
    pg_atomic_uint32 cancelled_since_ms;
};

namespace marks {

void request_memory();
void attach_memory();

// Of this process; nothing happens in one that has no place.
void set(Mark mark); // None: nothing under this fence
void end_nature();   // it is no longer Writing, Loading or in Several
void catch_error();
Mark own(); // what this process says of itself under the present fence

// Around a commit of this process. Once the first has returned, no signal of a sweep is on its way
// any more and none will be sent; one that came before has raised its error.
void begin_commit();
void end_commit();

// Of the sweep, around what may send a signal: between the two it looks at the mark once more.
void begin_signal(Place& place);
void end_signal(Place& place);

std::uint32_t count(); // of places; a process's place is its index in the array of processes
Place& place(std::uint32_t index);
Mark read(const Place& place, std::uint32_t epoch);
bool is_committing(const Place& place);

} // namespace marks

} // namespace opsmon::fence
