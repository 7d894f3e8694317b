#pragma once
// What people do by hand, for the ledger: who they are, as whom, and from where they are connected.
// Used by the control functions. It reports to the guard, and waits until that has taken what was
// reported before, so that nothing is done that is in no ledger; for a guard that does not live it
// never waits. It decides nothing.

#include "postgres/postgres.hpp"

namespace opsmon::by_hand {

// An entry by the caller of this function. It looks into the catalog, and waits for room among the
// reports, for five seconds at most, after which it raises an error: so it comes before the deed.
core::GuardEvent event_of(core::Action action, core::Outcome outcome);

// False when the guard has no room for a report.
bool post(const core::GuardEvent& event);

// For what is done already: waits for room as event_of() does, and cannot be interrupted. What the
// ledger cannot take the server's log must. Raises no error.
void post_or_log(const core::GuardEvent& event);

} // namespace opsmon::by_hand
