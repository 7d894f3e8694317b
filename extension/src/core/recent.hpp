#pragma once
// One sample as history keeps it, packed into as few words as it needs: what the sampler puts into
// the ring of the last hour (core/word_ring.hpp) after each look, what the views of recent samples
// show, and what the recorder writes down as soon as it may. Packing copies; it decides nothing but
// what is too old to be repeated.

#include <cstddef>

#include "core/sample.hpp"

namespace opsmon::core {

// Two megabytes: an hour of samples, ten seconds apart, with a hundred slots.
inline constexpr std::size_t kRecentWords = 256 * 1024;

// What the guard showed longer ago than this is left out: history must not repeat a frozen value.
inline constexpr TimeUs kGuardStaleUs = 120 * kUsPerSecond;

inline constexpr std::int64_t kUnknownNumber = std::numeric_limits<std::int64_t>::min();

struct RecentHeader {
    std::uint64_t words; // of the whole record
    TimeUs sampled_at;
    Lsn current_lsn;
    std::int64_t directory_bytes; // kUnknownNumber when the directory could not be read
    std::int64_t recycled_bytes;
    std::int64_t archived_count;
    std::int64_t failed_count;
    TimeUs archiver_reset_at;
    std::uint32_t timeline;
    std::uint8_t in_recovery;   // 0 or 1, as are these:
    std::uint8_t volumes_known; // what the guard showed is of this moment
    std::uint8_t slots_known;
    std::uint8_t unused;
    std::uint32_t volume_count;
    std::uint32_t slot_count;
    std::uint32_t sender_count;
    std::uint32_t state_count;
};

struct RecentVolume {
    Text<96> name;
    std::int64_t size_bytes;
    std::int64_t free_bytes;
    std::int64_t free_inodes;
};

struct RecentSlot {
    Name name;
    SlotWal wal;
    bool active;
    std::int64_t retained_bytes;
};

struct RecentSender {
    Name consumer;
    Text<48> client_addr;
    Text<16> state;
    std::int64_t lag_bytes;
    std::int64_t unsent_bytes;
    std::int64_t replay_lag_us;
};

struct RecentState {
    Text<40> state;
    std::int32_t sessions;
};

static_assert(is_shareable<RecentHeader> && is_shareable<RecentVolume> &&
              is_shareable<RecentSlot> && is_shareable<RecentSender> && is_shareable<RecentState>);
static_assert(sizeof(RecentHeader) % sizeof(std::uint64_t) == 0);

// Room for a sample in which every array is full and every name is as long as can be.
inline constexpr std::size_t kRecentWordsMax = 20 * 1024;

// Packs a sample into `target`, of kRecentWordsMax words; the record's number of words. `guard` may
// be nullptr: nothing of it is known then.
std::size_t pack(const SamplerSample& sampler, const GuardSample* guard, std::uint64_t* target);

// Reads a record again, in the order it was packed: the header, then as many volumes, slots,
// senders and states as it says. Of a record that is cut short the rest is empty.
class RecentReader {
public:
    RecentReader(const std::uint64_t* record, std::size_t words);

    [[nodiscard]] const RecentHeader& header() const { return header_; }
    RecentVolume volume();
    RecentSlot slot();
    RecentSender sender();
    RecentState state();

private:
    void take(void* value, std::size_t bytes);
    template <typename T>
    T number();
    template <std::size_t N>
    void text(Text<N>& target);

    RecentHeader header_;
    const unsigned char* at_;
    const unsigned char* end_;
};

} // namespace opsmon::core
