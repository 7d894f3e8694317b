#pragma once
// What a statement does, as far as the fence is concerned. Told from the plan, the utility command
// or the function alone; who runs it and whether a fence is up is not asked here. docs/fence.md is
// the same in words.

#include "postgres/postgres.hpp"

OPSMON_PG_HEADERS_BEGIN
#include "nodes/plannodes.h"
OPSMON_PG_HEADERS_END

namespace opsmon::fence {

enum class Passes {
    Ending,     // rolls back: there is nothing it could write
    Always,     // writes nothing to speak of, and is not let run for long in the second stage
    FirstStage, // reads, or writes what is its own: only the second stage stops it
    GivesRoom,  // writes a little for it: in the first stage, one at a time
    Never,      // writes
};

Passes passes(const PlannedStmt& plan);
Passes passes(const Node& utility);
Passes passes_function(Oid function);

// Writes as much as it likes without ever having a transaction number that would give it away.
bool writes_unseen(Oid function);

// Builds or copies in several transactions, or in one that has no number meanwhile.
bool writes_in_many_transactions(const Node& utility);

} // namespace opsmon::fence
