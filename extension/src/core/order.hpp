#pragma once
// What the guard asks of the reclaimer, one thing at a time, and what came of it. An order carries
// the facts it was decided on: the reclaimer reads them again and refuses when they have changed.
// Neither side ever waits for the other.

#include <type_traits>

#include "core/policy.hpp"
#include "core/text.hpp"
#include "core/units.hpp"

namespace opsmon::core {

enum class OrderKind : std::uint8_t { None, Checkpoint, Evict, DiscardArchive };

struct alignas(8) Order {
    std::uint64_t number; // grows; 0: none was ever given
    TimeUs given_steady_us;
    OrderKind kind;
    Name slot;                // of Evict
    std::uint32_t slot_index; // its place in the server's array
    PolicyRow said;           // on which it was chosen
    bool must_free;           // chosen for the room alone
    std::int32_t active_pid;  // who used it; 0: nobody
    Lsn restart_lsn;          // where it stood
    Lsn confirmed_flush_lsn;
    Lsn then_oldest_lsn; // the oldest WAL still needed afterwards: what must be gone to be done
};

// What the server says of an order's slot at a later moment.
struct SlotNow {
    std::int32_t active_pid; // 0: nobody uses it
    Lsn restart_lsn;
    Lsn confirmed_flush_lsn;
    bool is_temporary; // or not finished yet: goes with its session
    bool is_synced;
};

// Why what was decided upon is not what is there, for people; nullptr when it is.
const char* change_since(const Order& order, const SlotNow& slot, Bytes segment_bytes);
// The same of what people have said; nullptr when they say what they said then.
const char* change_of_mind(const Order& order, const PolicyRow& said);

// An order picked up later than this is not carried out: its facts are history.
inline constexpr TimeUs kOrderStaleUs = 5 * kUsPerSecond;

// Refused: the facts had changed, or people had changed their minds; the guard decides anew.
enum class OrderState : std::uint8_t { Idle, Working, Done, Refused, Failed };

struct alignas(8) OrderReport {
    std::uint64_t number; // the order this is about
    OrderState state;
    TimeUs changed_steady_us;
};

static_assert(std::is_trivially_copyable_v<Order> && std::is_trivially_copyable_v<OrderReport>);

} // namespace opsmon::core
