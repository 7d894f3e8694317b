#pragma once
// Takes a consumer's slot away: ends the process that uses it, drops it, asks for the checkpoint
// that frees its WAL, and sees that it was freed. Used by the reclaimer on the guard's order and by
// opsmon.evict() on a person's; both may wait here, the guard never comes here. It decides nothing:
// who calls has decided, and says what must still be true.

#include "postgres/free_wal.hpp"
#include "postgres/postgres.hpp"

namespace opsmon::evict {

enum class Result : std::uint8_t {
    Done,
    Gone,      // there is no such slot (any more)
    Changed,   // it is not what was decided upon: another slot, or its position has moved
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

// Raises an error only for what the server itself refuses; the slot is then released.
void take(const core::Order& order, free_wal::Meanwhile meanwhile, Outcome& outcome);

// What the server says of an order's slot at this moment; nothing when no slot of its name is in
// its place.
struct SlotNow {
    std::int32_t active_pid; // 0: nobody uses it
    core::Lsn restart_lsn;
    core::Lsn confirmed_flush_lsn;
    bool is_temporary; // or not finished yet: goes with its session
    bool is_synced;
};
std::optional<SlotNow> look_at(const core::Order& order);

// Ends whoever uses the slot. False, with a detail for people, when he is still there at
// `until_steady_us`; true when nobody uses it at this moment, or there is no slot any more.
bool end_user(const core::Order& order, core::TimeUs until_steady_us, core::Message& detail);

} // namespace opsmon::evict
