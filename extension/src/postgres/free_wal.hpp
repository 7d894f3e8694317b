#pragma once
// Has the server remove WAL that nobody needs any more: asks for one checkpoint and watches the
// directory until the segments are gone. Used by whatever carries out an order, and by
// opsmon.evict(); it waits, so never by the guard. It does not decide that WAL may go, and never
// asks for a second forced checkpoint: where nothing can be removed each would cost a segment.

#include "postgres/postgres.hpp"

namespace opsmon::free_wal {

// The segments from that of `from` up to, and without, that of `until`.
struct Range {
    core::Lsn from;
    core::Lsn until;

    [[nodiscard]] bool empty() const;
};

// Where the oldest segment begins that is there; unknown when there is none.
core::Lsn oldest_lsn();

// WAL from the oldest segment that is there, but not from before `from`, up to now.
core::Bytes kept_since(core::Lsn from);

// True when nothing of `range` is left. Otherwise `detail` says for people what is in the way.
// `meanwhile` is called at each step of the wait, if it is given; when it says false the wait ends,
// and the checkpoint goes on by itself.
using Meanwhile = bool (*)();
bool by_checkpoint(const Range& range, Meanwhile meanwhile, core::Message& detail);

} // namespace opsmon::free_wal
