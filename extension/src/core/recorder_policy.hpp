#pragma once
// May the recorder write history now? It must not use up the room it is there to watch: what it
// may not write stays in memory and is written later. Used by the recorder; facts in, answer out.

#include "core/ladder.hpp"
#include "core/recent.hpp"

namespace opsmon::core {

struct RecorderFacts {
    Rung wal_rung;               // where the guard stands with the WAL volume
    std::uint64_t waiting_words; // in the ring, not written yet
};

// On `relieve` memory is used first: a volume can be that full for weeks, so history goes on before
// it would be lost. From `evict` on nothing is written.
constexpr bool may_write_history(const RecorderFacts& facts) {
    switch (facts.wal_rung) {
    case Rung::Calm:
    case Rung::Watch:
        return true;
    case Rung::Relieve:
        return facts.waiting_words > kRecentWords / 2;
    case Rung::Evict:
    case Rung::Fence:
    case Rung::Rescue:
        return false;
    }
    return false;
}

} // namespace opsmon::core
