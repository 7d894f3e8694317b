#pragma once
// The ladder: how alarmed the guard is about one volume, and how it becomes more or less so. The
// rungs are a table, which SQL prints; step() is a pure function of that table, the facts of one
// look and the state before. It decides how high to stand, never what is done there or to whom.
//
// Upward it goes at once, to wherever the facts demand. Downward it goes only when half as much
// again is free (or half as much time again is left), at two looks in a row and for a while. Facts
// that are not of this moment move it nowhere.

#include <cstddef>
#include <optional>

#include "core/units.hpp"
#include "core/volume.hpp"

namespace opsmon::core {

enum class Rung : std::uint8_t { Calm, Watch, Relieve, Evict, Fence, Rescue };
inline constexpr std::size_t kRungs = 6;

// Which of the two forecasts a rung listens to. A burst of ten seconds may alarm people; it may not
// cost a consumer its slot as long as the trend of minutes does not agree.
enum class ForecastUse : std::uint8_t { None, Earlier, Later };

const char* name_of(ForecastUse use); // empty for None

// On which volumes a rung exists. Slots and checkpoints free WAL only. A full tablespace fails the
// statements that need room in it, and nobody else: it is no reason to stop the server's writers.
enum class RungVolumes : std::uint8_t { All, WalAndData, WalOnly };

const char* name_of(RungVolumes volumes);

struct RungRow {
    Rung rung;
    const char* name;
    std::uint32_t default_free_permille; // of the volume, 0 where only bytes count
    TimeUs full_in_us;                   // enters when the volume is full sooner; 0: never by time
    ForecastUse forecast;
    TimeUs hold_us; // how long it must be better before the rung is left
    RungVolumes volumes;
    const char* does;
};

const RungRow& row_of(Rung rung);

// Thresholds of one volume, from the settings or the defaults; indexed by Rung, Calm unused.
struct Thresholds {
    Bytes free_bytes[kRungs];
};

struct VolumeShape {
    Bytes size_bytes;
    Bytes segment_bytes;
};

// The threshold of each rung on a volume: `wanted` where it is not 0, else the default share, kept
// apart from the rung below so that small volumes have room for every rung.
Thresholds resolve(const Thresholds& wanted, const VolumeShape& volume);

// The first rung that does not lie above the next one, if any: such thresholds must be refused.
std::optional<Rung> misordered(const Thresholds& thresholds);

// Below this a fence cannot hold: one segment is being filled with zeros while the next is asked
// for.
constexpr Bytes least_fence_bytes(Bytes segment_bytes) {
    return 2 * segment_bytes;
}

struct VolumeLook {
    bool fresh;       // sensed at this tick, and without contradiction
    Bytes free_bytes; // on the WAL volume: honest free, recycled segments included
    std::optional<TimeUs> full_in_fast;
    std::optional<TimeUs> full_in_slow;
};

struct LadderState {
    Rung rung;
    std::uint32_t better_looks; // in a row
    TimeUs better_since;        // valid while better_looks > 0
};

enum class Trigger : std::uint8_t { None, FreeBytes, Forecast, Recovered };

// Half as much again, where a rung entered below `bytes` is left.
constexpr Bytes with_margin(Bytes bytes) {
    return saturating_multiply(bytes, 3) == UINT64_MAX ? bytes : bytes * 3 / 2;
}

struct LadderStep {
    Rung from;
    Rung to;
    Trigger trigger;
    // Where the facts of this look alone would put the volume; calm when they are not fresh. A rung
    // is held for a while after its reason is gone, and what is done to consumers must not be.
    Rung demanded;
};

// `steady_us` is of a clock that never goes back.
LadderStep step(LadderState& state, const VolumeLook& look, const Thresholds& thresholds,
                VolumeKind volume, TimeUs steady_us);

} // namespace opsmon::core
