#pragma once
// Where a statement meets the fence: it passes, or waits for room and then passes, or is refused
// with an error that says why, who holds the room, and what to type. Called by the hooks, in the
// session's own process; what the statement does has been told by fence_statements.hpp.

#include "postgres/fence_statements.hpp"

namespace opsmon::fence {

// The bits that hold this process up now; 0 in one that no fence concerns.
std::uint32_t bits();

// Whether statements with this verdict are stopped by these bits.
bool stops(std::uint32_t bits, Passes passes);

// The guard raised it, has been silent since, and what it raised it for is gone. Senses by itself,
// at most every now and then.
bool reason_is_gone(std::uint32_t bits);

// When the client sent what this statement belongs to.
enum class Begun {
    BeforeTheFence,
    Now,    // under the fence, and nothing of it was asked about before
    Within, // under the fence; what it is a part of has been let pass
};

// Returns when the statement may go on.
void pass_or_refuse(Passes passes, Begun begun);

// After a refusal that was caught: from here on it is like any statement that was let pass.
void go_on_judged(Begun begun);

} // namespace opsmon::fence
