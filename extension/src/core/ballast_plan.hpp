#pragma once
// How large the ballast of a volume shall be, and when it is built, rebuilt or given back. Pure
// arithmetic for the reclaimer, which looks every second. Releasing it is the guard's affair and is
// not decided here.

#include "core/ladder.hpp"

namespace opsmon::core {

inline constexpr Bytes kBallastLeastBytes = 64 * kBytesPerMiB;
inline constexpr Bytes kBallastMostBytes = 1024 * kBytesPerMiB;

// Asked for by size, or a hundredth of the volume within the two bounds above; in both cases at
// least four segments: less would not carry a recovery.
Bytes wanted_ballast(std::optional<Bytes> asked, Bytes volume_bytes, Bytes segment_bytes);

struct BallastLook {
    bool wanted;                // the settings say that there shall be one here
    std::optional<Bytes> asked; // its size; absent: by the size of the volume
    std::optional<Bytes> present;
    bool released_before; // since the server's start: it was needed once, and may be again
    bool fresh;           // what follows is of this moment
    Rung rung;
    Bytes volume_bytes;
    Bytes segment_bytes;
    Bytes usable_bytes;
    Bytes free_bytes; // without what can be reused: a ballast takes free space only
    Thresholds thresholds;
};

enum class BallastStep : std::uint8_t { None, Build, Remove, Rebuild };

// Why there is none although one is wanted.
enum class BallastWait : std::uint8_t { None, NotCalm, CalmTooShort, NoRoom, FailedBefore };

const char* name_of(BallastWait wait);

struct BallastPlan {
    BallastStep step;
    BallastWait wait;
    Bytes bytes; // of what is to be built
};

struct BallastState {
    bool was_present;
    bool was_lost; // it went without having been removed by us
    bool is_calm;
    TimeUs calm_since;    // steady, valid while calm
    TimeUs not_before_us; // steady, after a failure
};

inline constexpr TimeUs kCalmAfterReleaseUs = 60 * kUsPerSecond;
inline constexpr TimeUs kAfterFailureUs = 60 * kUsPerSecond;

BallastPlan plan(BallastState& state, const BallastLook& look, TimeUs steady_us);

// What came of the step that was planned.
void built(BallastState& state);
void removed(BallastState& state);
void failed(BallastState& state, TimeUs steady_us);

} // namespace opsmon::core
