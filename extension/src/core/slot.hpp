#pragma once
// One replication slot: what the server says of it, what it holds back, and what we have observed
// of it ourselves. Filled by the guard's slot sensor; the SQL views, and the decisions built on
// them, read nothing else. `active` is never taken as proof of anything: whether a consumer is
// alive shows in the movement of its position.

#include <limits>
#include <optional>

#include "core/text.hpp"
#include "core/units.hpp"

namespace opsmon::core {

enum class SlotWal : std::uint8_t {
    NeverReserved, // holds nothing, and never did
    Reserved,
    Extended,   // more than max_wal_size, still kept
    Unreserved, // may be taken away at the next checkpoint
    Lost,       // taken away: the consumer cannot continue
};

enum class SlotLifetime : std::uint8_t { Persistent, Ephemeral, Temporary };

inline constexpr TimeUs kNotOverdue = std::numeric_limits<TimeUs>::max();

struct Slot {
    std::uint32_t index; // its place in the server's array: the same as long as the slot lives
    Name name;
    Name plugin; // empty for a physical slot
    std::uint32_t database_oid;
    std::int32_t active_pid; // 0 when nobody uses it
    std::uint32_t xmin;
    std::uint32_t catalog_xmin;
    Lsn restart_lsn;
    Lsn confirmed_flush_lsn;
    SlotWal wal;
    SlotLifetime lifetime;
    bool logical;
    bool two_phase;
    bool synced;                  // copied from the primary by slot synchronisation (17 and later)
    Text<32> invalidation_reason; // empty unless invalidated
    std::optional<std::int64_t> safe_wal_bytes; // negative when already over the cap

    // Our own observation, carried from sample to sample by observe_slots(). What was before the
    // first sample nobody has seen: since then "at the latest".
    TimeUs last_active_at; // when a process was last seen using the slot; 0: never
    TimeUs inactive_since; // 0 while a process uses the slot
    bool had_consumer;     // a walsender has heard of somebody who uses it, not only SQL functions
    TimeUs last_progress_at;
    Lsn current_lsn_at_progress;
    // The same by a clock that never goes back: what decisions are made on.
    TimeUs last_progress_steady_us;
    // Since when as much WAL waits for it as makes one that stands still stalled, kNotOverdue while
    // there is less: before that it had no reason to move.
    TimeUs overdue_since_steady_us;
    TimeUs inactive_since_steady_us; // 0 while a process uses the slot
    TimeUs last_reply_steady_us;     // when its walsender heard of the consumer last; 0: never
};

// What dropping the slot could free at the most; nothing for one that holds nothing (any more).
std::optional<Bytes> retained_bytes(const Slot& slot, Lsn current);

// WAL that a logical consumer has not confirmed yet; it can be far less than what is retained.
std::optional<Bytes> unconfirmed_bytes(const Slot& slot, Lsn current);

struct SlotCaps {
    std::int64_t max_slot_wal_keep_mb; // negative: no cap
    std::int64_t wal_keep_mb;
    Bytes segment_bytes;
};

// What becomes of a slot whose WAL is over the cap while the summarizer (17 and later) keeps WAL: a
// slot loses none that is kept for somebody else.
SlotWal over_cap(const Slot& slot, Lsn current, Lsn oldest_unsummarized, Bytes max_wal_bytes,
                 Bytes segment_bytes);

// WAL that can still be written before the slot is in danger, by the server's own arithmetic.
// Absent when there is no cap or the slot has lost its WAL already.
std::optional<std::int64_t> safe_wal_bytes(const Slot& slot, Lsn current, const SlotCaps& caps);

// WAL written since the slot's position moved last; nothing for a slot that holds none (any more).
std::optional<Bytes> wal_since_progress_bytes(const Slot& slot, Lsn current);

// Completes `now`'s observations from the sample before. Both are in the order of `index`.
// `stall_bytes` is StallLimits::wal_bytes.
void observe_slots(const Slot* before, std::size_t before_count, Slot* now, std::size_t now_count,
                   Lsn current, Bytes stall_bytes, TimeUs at, TimeUs steady_us);

} // namespace opsmon::core
