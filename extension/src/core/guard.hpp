#pragma once
// One tick of the guard's thinking: from what was sensed to the rung of every volume, the forecasts
// behind it, and the events worth keeping. Called by the guard with each sample; it reads no clock
// and touches nothing but what it is given.

#include "core/event.hpp"
#include "core/rate.hpp"
#include "core/sample.hpp"

namespace opsmon::core {

struct GuardSettings {
    bool on;
    Thresholds wanted; // 0: the default share
    Bytes wal_keep_bytes;
    Bytes max_wal_bytes; // the server's soft limit between two checkpoints
};

// What the guard remembers between ticks.
struct GuardMemory {
    WalRate rate;
    LadderState ladders[kVolumeKinds];
};

void start(GuardMemory& memory);

// Completes `sample.verdicts` and appends what changed to `log`. Only the WAL volume has a
// forecast: what fills the data volume the guard does not know.
void judge(GuardSample& sample, const GuardSettings& settings, TimeUs steady_us,
           GuardMemory& memory, EventLog& log);

// Who holds WAL in a sample, by find_holders().
RetentionFacts retention_facts(const GuardSample& sample);

} // namespace opsmon::core
