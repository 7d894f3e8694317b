#include "core/fence.hpp"

namespace opsmon::core {
namespace {

constexpr TimeUs kWindowUs = 60 * kUsPerSecond;
constexpr TimeUs kQuietUs = 10 * kUsPerSecond;
// Room on the WAL volume may still fall by two segments although nobody writes: they were being
// made when the fence went up. A third is somebody's.
constexpr Bytes kSegmentsStillMade = 3;

void count_from(FenceState& state, const FenceLook& look, TimeUs steady_us) {
    state.counted_since = steady_us;
    state.lsn_then = look.current_lsn;
    state.usable_then = look.usable_bytes;
}

bool grew_by_more_than(Bytes bytes, const FenceState& state, const FenceLook& look) {
    return bytes_between(look.current_lsn, state.lsn_then) > bytes ||
           bytes_between(state.usable_then, look.usable_bytes) >
               saturating_multiply(bytes, look.is_wal_volume ? kSegmentsStillMade : 1);
}

// A segment a minute is nobody's flood; the guard may have been away for longer than one.
bool grows(const FenceState& state, const FenceLook& look, TimeUs counted_for_us) {
    const TimeUs windows = (counted_for_us + kWindowUs - 1) / kWindowUs;
    const auto whole = static_cast<Bytes>(windows > 1 ? windows : 1);
    return grew_by_more_than(saturating_multiply(look.segment_bytes, whole), state, look);
}

// At the pace that is nobody's flood, a segment a minute, for ten seconds.
void relax(FenceState& state, const FenceLook& look, TimeUs steady_us) {
    if (grew_by_more_than(look.segment_bytes / (kWindowUs / kQuietUs), state, look)) {
        count_from(state, look, steady_us);
    } else if (steady_us - state.counted_since >= kQuietUs) {
        state.exempt = false;
        count_from(state, look, steady_us);
    }
}

FenceChange raise(FenceState& state, const FenceLook& look, TimeUs steady_us) {
    state = FenceState{};
    state.up = true;
    state.since = steady_us;
    count_from(state, look, steady_us);
    return FenceChange::Raised;
}

FenceChange lower(FenceState& state) {
    const bool was_up = state.up;
    state = FenceState{};
    return was_up ? FenceChange::Lifted : FenceChange::None;
}

} // namespace

FenceChange step(FenceState& state, const FenceLook& look, TimeUs steady_us) {
    if (!look.wanted) {
        return lower(state);
    }
    if (!state.up) {
        return raise(state, look, steady_us);
    }
    if (state.counted_since == 0) {
        count_from(state, look, steady_us);
        return FenceChange::None;
    }
    // A position that was not known, or that went back, is none to count from.
    if (state.lsn_then == kUnknownLsn || look.current_lsn < state.lsn_then) {
        state.lsn_then = look.current_lsn;
    }
    const TimeUs counted_for_us = steady_us - state.counted_since;
    if (state.exempt) {
        relax(state, look, steady_us);
    } else if (grows(state, look, counted_for_us) || (look.is_last_rung && !state.all)) {
        const bool was_all = state.all;
        state.all = true;
        state.exempt = was_all;
        count_from(state, look, steady_us);
        return was_all ? FenceChange::Strengthened : FenceChange::Widened;
    } else if (counted_for_us >= kWindowUs) {
        count_from(state, look, steady_us);
    }
    return FenceChange::None;
}

std::uint32_t bits_of(const FenceState& state) {
    if (!state.up) {
        return 0;
    }
    return kFenceWriters | (state.all ? kFenceAll : 0) | (state.exempt ? kFenceExempt : 0);
}

} // namespace opsmon::core
