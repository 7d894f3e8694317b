#pragma once
// What each backend says about itself to the sweep: shared memory with one place for each process
// that can run a transaction. A backend writes its own mark, the sweep reads all of them. Nobody
// ever waits for anything here.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "port/atomics.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {

// Those before Writing are true of one fence only: a mark carries the epoch it was set in.
enum class Mark : std::uint32_t {
    None,
    Exempt,    // a statement of an exempt session, begun under this fence
    Repairing, // such a one that writes nothing or gives room back: spared in the last stage, too
    Passing,   // ends what is in flight, gives room back, logs in, or waits: never cancelled
    Judged,    // begun under this fence and let pass: it writes nothing that the first stage stops
    Held,      // a worker kept from committing
    Writing,   // though it may not look like it: in a COPY from its client, or in WAL messages
    Applying,  // a logical apply worker: to be terminated, not cancelled
    Own,       // one of this extension's workers
};

struct Place {
    pg_atomic_uint32 mark; // epoch << 4 | Mark; written by the backend alone
    // Of the sweep: what was being written when it looked last, and when it sent its last signal.
    pg_atomic_uint32 seen;
    pg_atomic_uint32 signalled_ms;
};

namespace marks {

void request_memory();
void attach_memory();

void set(Mark mark); // of this process; does nothing in one that has no place
Mark own();          // what this process says of itself under the present fence

std::uint32_t count(); // of places; a process's place is its index in the array of processes
Place& place(std::uint32_t index);
Mark read(const Place& place, std::uint32_t epoch);

} // namespace marks

} // namespace opsmon::fence
