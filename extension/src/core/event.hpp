#pragma once
// What the guard decided, one entry a change of rung, and the short log of them in shared memory.
// The guard appends, the recorder copies into opsmon.guard_events as soon as a table can be
// written, the views show the newest. An entry carries its reason and its numbers: nobody has to
// look them up later, when they are gone.

#include <optional>
#include <type_traits>

#include "core/ladder.hpp"
#include "core/retention.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "core/volume.hpp"

namespace opsmon::core {

struct GuardEvent {
    std::uint64_t number; // from 1, without gaps, since the shared memory was made
    TimeUs at;
    VolumeKind volume;
    Rung from;
    Rung to;
    Trigger trigger;
    Bytes usable_bytes;
    Bytes size_bytes;
    std::optional<TimeUs> full_in;
    bool has_holder;
    HolderKind holder; // who holds the most, of all that hold WAL
    Name holder_name;  // a slot's name, else empty
    Bytes holder_bytes;
};

const char* name_of(Trigger trigger);

inline constexpr std::uint32_t kEventsMax = 128;

struct alignas(8) EventLog {
    TimeUs began_at; // when this numbering began
    std::uint64_t last_number;
    std::uint32_t count;
    GuardEvent events[kEventsMax]; // oldest first
};

static_assert(std::is_trivially_copyable_v<EventLog> && std::is_trivially_destructible_v<EventLog>);

// Gives the event its number; when the log is full the oldest makes room.
void append(EventLog& log, GuardEvent event);

} // namespace opsmon::core
