#pragma once
// What people do by hand, for the ledger: who they are, as whom, and from where they are connected.
// Used by the control functions. It reports to the guard and never waits for it; it decides
// nothing.

#include "postgres/postgres.hpp"

namespace opsmon::by_hand {

// An entry by the caller of this function. It looks into the catalog, so it comes before the deed.
core::GuardEvent event_of(core::Action action, core::Outcome outcome);

// False when the guard has no room for a report.
bool post(const core::GuardEvent& event);

// What the ledger cannot take the server's log must: it is done all the same. Raises no error.
void post_or_log(const core::GuardEvent& event);

} // namespace opsmon::by_hand
