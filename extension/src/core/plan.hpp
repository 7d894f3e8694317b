#pragma once
// What the guard would do to the WAL volume from here on, step by step: whom it would take in which
// order and what each step frees, whom it keeps and why. Made for people (opsmon.guard_plan) from
// the same choices act() makes; nothing is done here.

#include "core/act.hpp"

namespace opsmon::core {

struct PlanStep {
    Rung rung;
    bool keeps; // nothing happens to the target: `refusal` says why
    Refusal refusal;
    Action action; // unless it keeps
    Name target;
    std::optional<Bytes> freed_bytes;
    Policy policy; // of an eviction
    bool due;
    bool acts;
};

struct PlanFacts {
    const GuardSettings* settings;
    const PolicyTable* policies; // null: none loaded
    bool suspended;
    TimeUs steady_us;
};

// Steps beside those for slots.
inline constexpr std::uint32_t kStepsBesideSlots = 4;

// Fills up to `capacity` steps and returns how many there are. The slots of `sample` are used up:
// give it a copy.
std::uint32_t make_plan(GuardSample& sample, const PlanFacts& facts, PlanStep* steps,
                        std::uint32_t capacity);

} // namespace opsmon::core
