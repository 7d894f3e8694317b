#include "core/ballast_plan.hpp"

namespace opsmon::core {
namespace {

constexpr Bytes threshold(const BallastLook& look, Rung rung) {
    return look.thresholds.free_bytes[static_cast<std::size_t>(rung)];
}

// A size that was asked for is kept to the byte. One that follows the volume may be off by a
// quarter: a volume that grows a little is no reason to write the file again.
bool fits(Bytes present, Bytes wanted, bool asked) {
    if (asked) {
        return present == wanted;
    }
    const Bytes difference = present > wanted ? present - wanted : wanted - present;
    return difference <= wanted / 4;
}

void note_calm(BallastState& state, const BallastLook& look, TimeUs steady_us) {
    if (!look.fresh || look.rung != Rung::Calm) {
        state.is_calm = false;
    } else if (!state.is_calm) {
        state.is_calm = true;
        state.calm_since = steady_us;
    }
}

// `given_back`: what an older ballast would free first.
bool has_room(const BallastLook& look, Bytes wanted, Bytes given_back) {
    const Bytes usable_needed = with_margin(threshold(look, Rung::Watch)) + wanted;
    // It must not eat the last free blocks while most of what is usable are recycled segments.
    const Bytes free_needed = threshold(look, Rung::Fence) + wanted;
    return look.usable_bytes + given_back > usable_needed &&
           look.free_bytes + given_back > free_needed;
}

BallastWait reason_to_wait(const BallastState& state, const BallastLook& look, Bytes wanted,
                           TimeUs steady_us) {
    if (!state.is_calm) {
        return BallastWait::NotCalm;
    }
    if ((look.released_before || state.was_lost) &&
        steady_us - state.calm_since < kCalmAfterReleaseUs) {
        return BallastWait::CalmTooShort;
    }
    if (steady_us < state.not_before_us) {
        return BallastWait::FailedBefore;
    }
    return has_room(look, wanted, look.present.value_or(0)) ? BallastWait::None
                                                            : BallastWait::NoRoom;
}

} // namespace

const char* name_of(BallastWait wait) {
    switch (wait) {
    case BallastWait::None:
        return "";
    case BallastWait::NotCalm:
        return "the volume is not calm";
    case BallastWait::CalmTooShort:
        return "it was released, and the volume has not been calm for a minute";
    case BallastWait::NoRoom:
        return "with it less than half as much again as opsmon.watch_free would be left";
    case BallastWait::FailedBefore:
        return "the last attempt failed less than a minute ago";
    }
    return "";
}

Bytes wanted_ballast(std::optional<Bytes> asked, Bytes volume_bytes, Bytes segment_bytes) {
    Bytes bytes = volume_bytes / 100;
    if (asked) {
        bytes = *asked;
    } else if (bytes < kBallastLeastBytes) {
        bytes = kBallastLeastBytes;
    } else if (bytes > kBallastMostBytes) {
        bytes = kBallastMostBytes;
    }
    const Bytes least = saturating_multiply(segment_bytes, 4);
    if (bytes < least) {
        bytes = least;
    }
    return bytes / kBytesPerMiB * kBytesPerMiB;
}

BallastPlan plan(BallastState& state, const BallastLook& look, TimeUs steady_us) {
    if (state.was_present && !look.present) {
        state.was_lost = true;
    }
    state.was_present = look.present.has_value();
    note_calm(state, look, steady_us);
    if (!look.wanted) {
        // Not while room is short, whatever the settings say: it may be all that is left.
        const bool is_needless =
            look.fresh && look.usable_bytes > with_margin(threshold(look, Rung::Watch));
        return {look.present && is_needless ? BallastStep::Remove : BallastStep::None,
                BallastWait::None, 0};
    }
    if (!look.fresh) {
        return {BallastStep::None, look.present ? BallastWait::None : BallastWait::NotCalm, 0};
    }
    const Bytes wanted = wanted_ballast(look.asked, look.volume_bytes, look.segment_bytes);
    if (look.present && fits(*look.present, wanted, look.asked.has_value())) {
        return {BallastStep::None, BallastWait::None, 0};
    }
    const BallastWait wait = reason_to_wait(state, look, wanted, steady_us);
    if (wait != BallastWait::None) {
        // One of another size is better than none.
        return {BallastStep::None, look.present ? BallastWait::None : wait, 0};
    }
    return {look.present ? BallastStep::Rebuild : BallastStep::Build, BallastWait::None, wanted};
}

void built(BallastState& state) {
    state.was_present = true;
    state.was_lost = false;
}

void removed(BallastState& state) {
    state.was_present = false;
    state.was_lost = false;
}

void failed(BallastState& state, TimeUs steady_us) {
    state.not_before_us = steady_us + kAfterFailureUs;
}

} // namespace opsmon::core
