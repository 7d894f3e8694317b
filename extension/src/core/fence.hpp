#pragma once
// The fence: one word in shared memory that every statement reads, and the small machine that sets
// it. Decided by the guard, read by the hooks in every backend. The guard raises it in up to three
// stages, people by hand, each with a bit of its own; it is down when none is set. This file
// neither stops nor lets pass anybody.

#include <cstdint>

#include "core/units.hpp"

namespace opsmon::core {

// Bits of the word; 0 is no fence.
inline constexpr std::uint32_t kFenceWriters = 1; // set by the guard: statements that write
inline constexpr std::uint32_t kFenceAll = 2;     // set by the guard: everything not exempt
inline constexpr std::uint32_t kFenceByHand = 4;  // set by opsmon.fence(): statements that write
inline constexpr std::uint32_t kFenceExempt = 8;  // set by the guard: also what the exempt run

// What is measured while the fence is up.
struct FenceLook {
    bool wanted; // a rung demands it, and may act
    Lsn current_lsn;
    Bytes usable_bytes; // of the volume the fence is up for
    Bytes segment_bytes;
    bool is_wal_volume; // where segments that are being made still take room
    bool is_last_rung;  // there is no time to see whether it grows
};

struct FenceState {
    bool up;
    bool all;
    bool exempt;
    TimeUs since;         // steady
    TimeUs counted_since; // growth is counted from here; 0: from the next look
    Lsn lsn_then;
    Bytes usable_then;
};

enum class FenceChange : std::uint8_t { None, Raised, Widened, Strengthened, Lifted };

// Widened when it grows within a minute under the fence: somebody writes whom it does not stop.
// Strengthened when it grows again after that; the exempt are left alone again once nothing has
// grown for ten seconds. Growing is more than a segment of WAL written, or more than a segment of
// room lost: on the WAL volume three, because two may still be on their way.
FenceChange step(FenceState& state, const FenceLook& look, TimeUs steady_us);

std::uint32_t bits_of(const FenceState& state);

} // namespace opsmon::core
