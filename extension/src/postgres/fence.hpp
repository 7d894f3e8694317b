#pragma once
// The fence at the edge: the hooks that make statements wait or fail while it is up, and the
// signals that end what was already writing. The hooks run in every backend and cost an atomic
// read each while the fence is down; the guard and opsmon.fence() raise and lower it. Nothing here
// decides whether it should be up (core/fence.hpp).

#include "postgres/postgres.hpp"

namespace opsmon::fence {

// From _PG_init only.
void install_hooks();

// One mark for each backend, beside the SharedState: see fence_marks.hpp. From the shared memory
// hooks only.
void request_memory();
void attach_memory();

// For the guard: sets or clears its own bits, and leaves the one set by hand alone.
void set_by_guard(std::uint32_t bits, core::VolumeKind volume);

// Who has raised it by hand last, and why; false when nobody has.
struct alignas(8) ByHand {
    core::Name who;
    core::Message reason;
    core::TimeUs since;
};
bool by_hand(ByHand& facts);
// For opsmon.fence(); both return whether it was up by hand before.
bool raise_by_hand(const ByHand& facts);
bool lower_by_hand();

// For the guard, which never waits: ends what writes and has no right to, once for each call.
// `first`: the fence went up, or was widened, at this moment; `bits`: of core/fence.hpp. Returns
// how many were signalled.
std::uint32_t sweep(bool first, std::uint32_t bits);

} // namespace opsmon::fence
