#pragma once
// What people allow to be done to a consumer, and the table of it in shared memory. The sampler
// loads it from opsmon.consumers; the guard and the reclaimer ask it before they take anything.
// Without a table nothing is ever taken.

#include <optional>
#include <type_traits>

#include "core/text.hpp"
#include "core/units.hpp"

namespace opsmon::core {

enum class Policy : std::uint8_t {
    Ask,        // nobody has said: only when stalled or unused, and more than max_retained is held
    Protect,    // never
    Expendable, // first
    Last,       // only when a fence would come otherwise
};
inline constexpr std::size_t kPolicies = 4;

const char* name_of(Policy policy);
std::optional<Policy> policy_named(const char* name);

struct PolicyRow {
    Name slot;
    Policy policy;
    bool has_max_retained;
    bool is_guess; // nobody has said it: it only ever adds to what keeps an `ask` from being taken
    Bytes max_retained_bytes;
};

// Whom nobody has said anything of may only be taken while he stands still.
constexpr bool must_stand(const PolicyRow& said) {
    return said.policy == Policy::Ask || said.is_guess;
}

inline constexpr std::uint32_t kPolicyRowsMax = 1024;

struct alignas(8) PolicyTable {
    TimeUs loaded_steady_us; // when the loading began, by the clock that never goes back; 0: never
    TimeUs loaded_at;
    std::uint32_t omitted; // rows that found no room: their slots are unknown, not unprotected
    bool is_sorted;        // by sort_rows()
    std::uint32_t count;
    PolicyRow rows[kPolicyRowsMax];
};

static_assert(std::is_trivially_copyable_v<PolicyTable> &&
              std::is_trivially_destructible_v<PolicyTable>);

inline std::size_t used_bytes(const PolicyTable& table) {
    return offsetof(PolicyTable, rows) + table.count * sizeof(PolicyRow);
}

// Older than this, and the table counts as not loaded: somebody may have said "protect" since. It
// is loaded every ten seconds, and at once when somebody has changed it.
inline constexpr TimeUs kPolicyStaleUs = 30 * kUsPerSecond;

bool is_usable(const PolicyTable& table, TimeUs steady_us);

// Call it when all rows are in: policy_of() then needs not look at each.
void sort_rows(PolicyTable& table);

// What is said of a slot: its row; "ask" when it has none; "protect" when it may be among those
// that found no room.
PolicyRow policy_of(const PolicyTable& table, const Name& slot);

} // namespace opsmon::core
