#pragma once
// What the two workers publish: `GuardSample`, sensed from server memory and the kernel alone, and
// `SamplerSample`, read through SQL. Both are fixed in size and trivially copyable; whatever did
// not fit is counted, never silently left out. Arrays stand last, so that only their used part is
// copied.

#include <optional>
#include <type_traits>

#include "core/ladder.hpp"
#include "core/mode.hpp"
#include "core/slot.hpp"
#include "core/text.hpp"
#include "core/units.hpp"
#include "core/version.hpp"
#include "core/volume.hpp"
#include "core/wal_file.hpp"
#include "core/wal_position.hpp"

namespace opsmon::core {

inline constexpr std::uint32_t kSlotsMax = 1024;
inline constexpr std::uint32_t kSendersMax = 256;
inline constexpr std::uint32_t kActivityGroupsMax = 256;
inline constexpr std::uint32_t kStatesMax = 16; // PostgreSQL has seven, and none at all

// Where the guard stands with one volume, and why.
struct VolumeVerdict {
    Rung rung;
    Rung demanded; // by the facts of this look alone: what is done to consumers needs that
    bool thresholds_refused; // the settings' order is impossible: the defaults are followed
    bool follows_wal;        // one and the same volume as the WAL's: its rung is that one's
    TimeUs since;            // when this rung was entered; 0: at the start
    Thresholds thresholds;
    Bytes usable_bytes; // free, and on the WAL volume also what will be reused
    std::optional<TimeUs> full_in_fast;
    std::optional<TimeUs> full_in_slow;
};

// Places of the two volumes that are always there; tablespaces on volumes of their own follow.
inline constexpr std::size_t kWalVolume = 0;
inline constexpr std::size_t kDataVolume = 1;

struct alignas(8) GuardSample {
    TimeUs sampled_at;
    TimeUs slots_sampled_at; // older when the slots could not be read at this tick
    GuardMode mode;
    bool suspended;
    bool archiver_stuck;
    bool archiver_rests;   // the server recovers, and has none meanwhile
    bool slow_facts_known; // what the reclaimer reads: without it nobody knows what the archiver
                           // holds
    WalPosition wal;
    Bytes reusable_bytes; // segments past the current one, which exist and will be written again
    Bytes wal_keep_bytes;
    Lsn oldest_wal_lsn;          // where the oldest segment that is there begins, if that is known
    Lsn oldest_unarchived_lsn;   // unknown when nothing waits for the archiver
    Lsn oldest_unsummarized_lsn; // 17 and later, while WAL is summarized
    std::optional<Bytes> ballast_bytes[kVolumeKinds];
    std::optional<double> fast_bytes_per_second;
    std::optional<double> slow_bytes_per_second;
    std::uint32_t tablespaces_omitted;
    std::uint32_t volume_count;
    Volume volumes[kVolumesMax];
    VolumeVerdict verdicts[kVolumesMax];
    std::uint32_t slots_omitted;
    std::uint32_t slot_count;
    Slot slots[kSlotsMax];
};

struct Archiver {
    std::int64_t archived_count;
    std::int64_t failed_count;
    Text<48> last_archived_wal;
    Text<48> last_failed_wal;
    TimeUs last_archived_at; // 0: never
    TimeUs last_failed_at;   // 0: never
    TimeUs stats_reset_at;
};

// One walsender; an absent lag is unknown, which is not the same as none.
struct Sender {
    std::int32_t pid;
    std::int32_t client_port;
    Name application_name;
    Name username;
    Text<48> client_addr; // empty over a unix socket
    Name slot_name;       // empty when it uses none
    Text<16> state;
    Text<16> sync_state;
    std::int32_t sync_priority;
    Lsn sent_lsn;
    Lsn write_lsn;
    Lsn flush_lsn;
    Lsn replay_lsn;
    std::optional<std::int64_t> write_lag_us;
    std::optional<std::int64_t> flush_lag_us;
    std::optional<std::int64_t> replay_lag_us;
    TimeUs reply_at; // 0: never heard of
    TimeUs backend_start_at;
};

// Backends that are alike; absent texts are NULL in pg_stat_activity too.
struct ActivityGroup {
    Name database;
    Name username;
    Name application_name;
    Text<48> backend_type;
    Text<40> state;
    Text<32> wait_event_type;
    Name wait_event;
    std::int32_t sessions;
    TimeUs oldest_xact_at; // 0: no transaction open
};

// All backends of one state, also those whose group did not fit.
struct StateCount {
    Text<40> state; // empty for backends without one
    std::int32_t sessions;
};

struct alignas(8) SamplerSample {
    TimeUs sampled_at;
    Lsn current_lsn; // the moment's own, so that lag is not measured against a later position
    std::uint32_t timeline;
    bool in_recovery;
    WalDirectory wal_directory;
    bool wal_directory_known;
    Archiver archiver;
    std::uint32_t senders_omitted;
    std::uint32_t activity_groups_omitted;
    std::uint32_t sender_count;
    std::uint32_t activity_group_count;
    std::uint32_t state_count;
    StateCount states[kStatesMax];
    ActivityGroup activity_groups[kActivityGroupsMax];
    Sender senders[kSendersMax];
};

// Adds backends to the count of their state.
void count_state(SamplerSample& sample, const char* state, std::int32_t sessions);

// How a worker is doing: published also when its tick failed.
struct alignas(8) WorkerStatus {
    std::int32_t pid;
    std::uint64_t ticks;
    std::uint64_t failures;
    TimeUs started_at;
    TimeUs last_tick_at;
    Message last_error; // empty when the last tick went well
};

enum class RecorderState : std::uint8_t {
    Starting,
    Recording,
    Standby,
    NoExtension,
    Off,
    Short,
    Fenced,
    Failing
};

constexpr const char* name_of(RecorderState state) {
    switch (state) {
    case RecorderState::Starting:
        return "starting";
    case RecorderState::Recording:
        return "recording";
    case RecorderState::Standby:
        return "standby";
    case RecorderState::NoExtension:
        return "no extension";
    case RecorderState::Off:
        return "off";
    case RecorderState::Short:
        return "volume short";
    case RecorderState::Fenced:
        return "fenced";
    case RecorderState::Failing:
        return "failing";
    }
    return "";
}

struct alignas(8) RecorderStatus {
    RecorderState state;
    std::uint64_t failures;
    TimeUs last_recorded_at;
    Message last_error;
    Version sql_version; // of the extension's objects in its database; empty: not seen yet
    Name database;       // that database
};

// How the filling of opsmon.consumers is doing.
struct alignas(8) LearnerStatus {
    std::uint64_t failures;
    TimeUs learned_at;  // 0: never since the sampler's start
    Message last_error; // empty when it went well the last time
};

template <typename T>
inline constexpr bool is_shareable =
    std::is_trivially_copyable_v<T>&& std::is_trivially_destructible_v<T>;

static_assert(is_shareable<GuardSample> && is_shareable<SamplerSample> &&
              is_shareable<WorkerStatus> && is_shareable<RecorderStatus> &&
              is_shareable<LearnerStatus>);

// How much of a sample is in use, for Published::publish().
inline std::size_t used_bytes(const GuardSample& sample) {
    return offsetof(GuardSample, slots) + sample.slot_count * sizeof(Slot);
}
inline std::size_t used_bytes(const SamplerSample& sample) {
    return offsetof(SamplerSample, senders) + sample.sender_count * sizeof(Sender);
}

// Lag is measured against the newest WAL there is; unknown positions have no lag.
inline std::optional<Bytes> lag_bytes(Lsn current, Lsn position) {
    if (current == kUnknownLsn || position == kUnknownLsn) {
        return std::nullopt;
    }
    return bytes_between(current, position);
}

} // namespace opsmon::core
