#pragma once
// What the guard decided and what came of it, one entry each, and the short log of them in shared
// memory. The guard alone appends (others report to it through a mailbox), the recorder copies into
// opsmon.guard_events as soon as a table can be written, the views show the newest. An entry
// carries its reason and its numbers: nobody has to look them up later, when they are gone.

#include <optional>
#include <type_traits>

#include "core/ladder.hpp"
#include "core/mode.hpp"
#include "core/retention.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "core/volume.hpp"

namespace opsmon::core {

// What an entry is about.
enum class Action : std::uint8_t {
    Rung,           // the volume stands elsewhere on the ladder
    Checkpoint,     // a checkpoint, or on a standby a restartpoint
    Evict,          // a consumer's slot
    DiscardArchive, // WAL the archiver has not archived
    Fence,          // writes are stopped
    FenceAll,       // the second stage: everything not exempt is stopped
    FenceLifted,
    BallastReleased,
    BallastBuilt,
    Suspend, // by hand: decide and tell only, for a while
    Resume,
    ArchiverStuck,
    Reclaimer, // the second process does not answer
    Drill,
};
inline constexpr std::size_t kActions = 14;

enum class Outcome : std::uint8_t {
    Decided, // nothing had to be done
    Would,   // observed: this is what enforcing would have done
    Ordered,
    Done,
    Failed,
    Refused,
};
inline constexpr std::size_t kOutcomes = 6;

const char* name_of(Action action);
const char* name_of(Outcome outcome);
const char* name_of(Trigger trigger);

// Whether such an entry is ever made: what is counted of it starts at zero, and is not absent.
bool can_happen(Action action, Outcome outcome);

// From where something was asked for by hand; empty where the guard decided by itself.
struct Caller {
    Name acted_as;   // the current role, where it is another one than the session's
    Text<80> client; // "192.0.2.1:51234", "[2001:db8::1]:51234", "local", "server"
    Name application_name;
    std::int32_t pid; // 0: nobody asked
};

struct GuardEvent {
    std::uint64_t number; // from 1, without gaps, since the shared memory was made
    TimeUs at;
    Action action;
    Outcome outcome;
    GuardMode mode;
    Name who; // "guard", or the role that asked for it by hand
    Caller caller;
    Name target; // a slot's name, or empty
    VolumeKind volume;
    Rung from; // of Action::Rung; else both are the rung it happened on
    Rung to;
    Trigger trigger;
    Bytes usable_bytes;
    Bytes size_bytes;
    std::optional<TimeUs> full_in;
    bool has_holder;
    HolderKind holder; // who holds the most, of all that hold WAL
    Name holder_name;  // a slot's name, else empty
    Bytes holder_bytes;
    // What the action was about: WAL held before and after, or the size of the ballast.
    std::optional<Bytes> before_bytes;
    std::optional<Bytes> after_bytes;
    Message detail; // for people; empty when the rest says it all
};

inline constexpr std::uint32_t kEventsMax = 128;

struct alignas(8) EventLog {
    TimeUs began_at; // when this numbering began
    std::uint64_t last_number;
    std::uint64_t counts[kActions][kOutcomes]; // of all there ever were
    std::uint32_t count;
    GuardEvent events[kEventsMax]; // oldest first
};

static_assert(std::is_trivially_copyable_v<EventLog> && std::is_trivially_destructible_v<EventLog>);

// Who asked for it and from where, for the log: " by dba as owner from 192.0.2.1:51234
// (psql, pid 123)"; nothing where the guard decided by itself.
Text<400> by_whom(const GuardEvent& event);

// Gives the event its number and counts it; when the log is full the oldest makes room.
void append(EventLog& log, GuardEvent event);

} // namespace opsmon::core
