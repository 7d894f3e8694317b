#pragma once
// This component makes a `Snapshot` out of the board: it leaves out what is too old to be true,
// says how every collector fares, and has the text written. The pipeline calls it. Pure: no clock,
// file, socket or lock.

#include <memory>

#include "collect/board.hpp"
#include "metrics/snapshot.hpp"

namespace opsmon::collect {

// A report counts for three intervals and one time-out; after that its collector hangs or is dead.
bool is_fresh(const BoardEntry& entry, SteadyTime now);

// `self` is what the sidecar says about itself; the state of the collectors is added here.
std::shared_ptr<const metrics::Snapshot> assemble(const BoardView& board, metrics::SampleList self,
                                                  const CycleTime& now);

} // namespace opsmon::collect
