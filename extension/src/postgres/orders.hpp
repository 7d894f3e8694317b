#pragma once
// Carries out what the guard has ordered, one order at a time, and answers: in shared memory, where
// the guard looks, and for the ledger. Used by the reclaimer alone. Before anything is taken the
// facts of the order are read again; one whose facts have changed is refused, and one that was
// interrupted is never begun a second time.

#include "postgres/postgres.hpp"

namespace opsmon::orders {

// At the start of the reclaimer: answers for an order that its predecessor did not finish.
void close_interrupted();

// Carries out the newest order unless it was answered already. True when there was one; `error`
// holds the text of an error that it ended in.
bool carry_out_newest(MemoryContext context, core::Message& error);

} // namespace opsmon::orders
