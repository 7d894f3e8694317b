#pragma once
// A primary on which all is well, for the tests of its verdict: each changes what it is about and
// reads the words.

#include "core/verdict.hpp"

#include <memory>
#include <string>

namespace opsmon::core {

inline constexpr TimeUs kNow = 1'000'000 * kUsPerSecond;
inline constexpr Bytes kGiB = Bytes{1} << 30;

// One slot with its consumer, 71 GiB free.
struct VerdictServer {
    std::unique_ptr<GuardSample> sample = std::make_unique<GuardSample>();
    VerdictFacts facts{};

    VerdictServer() {
        sample->sampled_at = kNow - kUsPerSecond / 2;
        sample->wal.write_lsn = 100 * kGiB;
        sample->wal.segment_bytes = 16 * kBytesPerMiB;
        sample->volume_count = 2;
        for (const std::size_t i : {kWalVolume, kDataVolume}) {
            Volume& volume = sample->volumes[i];
            volume.kind = static_cast<VolumeKind>(i);
            volume.known = true;
            volume.size_bytes = 100 * kGiB;
            volume.free_bytes = 71 * kGiB;
            sample->verdicts[i].usable_bytes = 71 * kGiB;
        }
        Slot& slot = sample->slots[0];
        sample->slot_count = 1;
        slot.name.assign("standby_1");
        slot.active_pid = 7;
        slot.wal = SlotWal::Reserved;
        slot.restart_lsn = 63 * kGiB;
        slot.last_progress_at = kNow - 3 * 3600 * kUsPerSecond;
        slot.current_lsn_at_progress = 64 * kGiB;
        facts.now = kNow;
        facts.guard = sample.get();
        facts.guard_interval_us = kUsPerSecond;
        facts.sampled_at = kNow - kUsPerSecond;
        facts.sample_interval_us = 10 * kUsPerSecond;
    }

    Slot& slot() { return sample->slots[0]; }
    void let_consumer_vanish() {
        slot().active_pid = 0;
        slot().had_consumer = true;
        slot().last_active_at = kNow - 20 * kUsPerSecond;
        slot().inactive_since = kNow - 20 * kUsPerSecond;
    }
    void fill_in(std::size_t volume, TimeUs seconds) {
        sample->verdicts[volume].full_in_slow = seconds * kUsPerSecond;
    }
    std::string words() const { return verdict_of(facts).words.bytes; }
    std::string more() const { return verdict_of(facts).more.bytes; }
    Severity severity() const { return verdict_of(facts).severity; }
};

} // namespace opsmon::core
