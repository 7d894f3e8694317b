#pragma once
// One tick of the guard's thinking, its first half: from what was sensed to the rung of every
// volume, the forecasts behind it, and the events worth keeping. Called by the guard with each
// sample, before core/act.hpp says what is done about it. It reads no clock and touches nothing but
// what it is given.

#include "core/consumer.hpp"
#include "core/event.hpp"
#include "core/pace.hpp"
#include "core/rate.hpp"
#include "core/sample.hpp"

namespace opsmon::core {

struct GuardSettings {
    GuardMode mode;
    bool rung_acts[kRungs]; // in enforce; the others decide and tell
    Thresholds wanted;      // 0: the default share
    Bytes wal_keep_bytes;
    Bytes max_wal_bytes; // the server's soft limit between two checkpoints
    StallLimits stall;
    bool discard_archive;
    TimeUs interval_us;
};

// Nothing archived although something waits and WAL is written.
struct ArchiverWatch {
    Lsn oldest_unarchived_lsn;
    Lsn lsn_then;
    TimeUs since; // steady
    bool stuck;
};

// What the guard remembers of the volumes between ticks.
struct GuardMemory {
    WalRate rate;
    Reaction reaction;
    TimeUs planned_us; // how long the last tick meant to wait
    ArchiverWatch archiver;
    LadderState ladders[kVolumesMax];
};

void start(GuardMemory& memory);

// Completes `sample.verdicts` and appends what changed to `log`. Only the WAL volume has a
// forecast: what fills the others the guard does not know.
void judge(GuardSample& sample, const GuardSettings& settings, TimeUs steady_us,
           GuardMemory& memory, EventLog& log);

// Who holds WAL in a sample, by find_holders().
RetentionFacts retention_facts(const GuardSample& sample);

// An event of this moment on a volume, with what is known of it; `action` and what came of it are
// the caller's.
GuardEvent event_on(const GuardSample& sample, std::size_t volume);

} // namespace opsmon::core
