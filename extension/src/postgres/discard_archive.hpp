#pragma once
// Gives up WAL that the archiver has not archived, so that the server can remove it. For the
// reclaimer, on the guard's order and only where opsmon.archiver_policy is `discard`. The archive
// has a hole afterwards, and the server's log says which.

#include "postgres/postgres.hpp"

namespace opsmon::discard_archive {

struct Outcome {
    std::uint32_t segments;
    core::Text<32> first;
    core::Text<32> last;
};

// Every segment from before that of `until` which still waits, oldest first.
void give_up(core::Lsn until, Outcome& outcome);

} // namespace opsmon::discard_archive
