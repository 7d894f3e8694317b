#pragma once
// Takes a consumer's slot away: ends the process that uses it, drops it, asks for the checkpoint
// that frees its WAL, and sees that it was freed. Used by the reclaimer on the guard's order and by
// opsmon.evict() on a person's; both may wait here, the guard never comes here. It decides nothing:
// who calls has decided, and what must still be true is looked at until the slot goes.

#include "postgres/free_wal.hpp"
#include "postgres/postgres.hpp"

namespace opsmon::evict {

enum class Result : std::uint8_t {
    Done,
    Gone,      // there is no such slot (any more)
    Changed,   // slot or people are not what they were when it was decided upon
    StillUsed, // its process does not end
    NotFreed, // dropped, but its WAL is still there: something else holds it, or no checkpoint ends
};

struct Outcome {
    Result result;
    bool dropped;             // true also when an error is raised after the slot went
    core::Bytes before_bytes; // WAL kept before and after
    core::Bytes after_bytes;
    core::Message detail; // for people: what happened, and what to do next
};

// Of who calls; either may be left out.
struct Caller {
    // Why it must not be done any more: asked at each step, up to the last before the slot goes.
    const char* (*objection)(const core::Order&);
    free_wal::Meanwhile meanwhile; // while its WAL is waited for
};

// Raises an error only for what the server itself refuses; the slot is then released.
void take(const core::Order& order, const Caller& caller, Outcome& outcome);

// Nothing when no slot of its name is in its place.
std::optional<core::SlotNow> look_at(const core::Order& order);

// Why it must not be taken any more, by what is there and by what the caller says; nullptr: it may.
const char* objection(const core::Order& order, const core::SlotNow& slot, const Caller& caller);

// Ends whoever uses the slot. Done when nobody uses it at this moment, or there is no slot any
// more; otherwise Changed, or StillUsed at `until_steady_us`, with a detail for people.
Result end_user(const core::Order& order, const Caller& caller, core::TimeUs until_steady_us,
                core::Message& detail);

} // namespace opsmon::evict
