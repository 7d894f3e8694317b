#pragma once
// Keeps a ballast where the settings want one: the reclaimer's part of it, once a second. It brings
// together what core/ballast_plan.hpp decides and what ballast.hpp does; a ballast that the guard
// needs it never stands in the way of.

#include "core/ballast_plan.hpp"
#include "postgres/postgres.hpp"

namespace opsmon::ballast {

struct Keeper {
    core::BallastState states[core::kVolumeKinds];
    core::BallastWait said[core::kVolumeKinds];
    core::Message
        errors[core::kVolumeKinds]; // of the last attempt to build, empty when it went well
};

void start(Keeper& keeper);

// True when a file was made or removed. Errors are caught and kept in `keeper`.
bool keep(Keeper& keeper, MemoryContext context);

} // namespace opsmon::ballast
