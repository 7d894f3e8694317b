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
    Policy policy;            // on which it was chosen
    Lsn restart_lsn;          // where it stood: one that moved since is no victim of "ask"
    Lsn confirmed_flush_lsn;
    Lsn then_oldest_lsn; // the oldest WAL still needed afterwards: what must be gone to be done
};

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
