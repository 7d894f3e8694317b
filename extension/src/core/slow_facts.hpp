#pragma once
// Facts that cannot be had without possibly waiting for a disk: they are read by the reclaimer and
// handed to the guard, which never waits. Each says when it was read; old ones count as unknown.

#include <type_traits>

#include <optional>
#include <cstddef>

#include "core/units.hpp"
#include "core/volume.hpp"

namespace opsmon::core {

struct alignas(8) SlowFacts {
    TimeUs read_steady_us;       // 0: never
    Lsn oldest_wal_lsn;          // where the oldest segment that is there begins
    Lsn oldest_unarchived_lsn;   // unknown when nothing waits for the archiver
    Lsn oldest_unsummarized_lsn; // 17 and later, while WAL is summarized
    std::optional<Bytes>
        ballast_bytes[kVolumeKinds]; // on the WAL and on the data volume; absent: none
    std::uint32_t tablespaces_omitted;
    std::uint32_t tablespace_count;
    Volume tablespaces[kTablespacesMax]; // on volumes of their own, each volume once
};

static_assert(std::is_trivially_copyable_v<SlowFacts>);

inline std::size_t used_bytes(const SlowFacts& facts) {
    return offsetof(SlowFacts, tablespaces) + facts.tablespace_count * sizeof(Volume);
}

// Older than this they are not facts any more.
inline constexpr TimeUs kSlowFactsStaleUs = 120 * kUsPerSecond;

} // namespace opsmon::core
