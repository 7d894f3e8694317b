#pragma once
// A server under the guard's eyes, standing on whatever rung a test puts it, and what the guard
// does and says about it. Used by the tests of act() and of the plan.

#include "core/plan.hpp"

#include <memory>
#include <string>
#include <vector>

namespace opsmon::core::testing {

inline constexpr Bytes kSegment = 16 * kBytesPerMiB;
inline constexpr TimeUs kSecond = kUsPerSecond;
inline constexpr Lsn kCurrent = 1000 * kSegment;
inline constexpr Rung kAllRungs[] = {Rung::Calm,  Rung::Watch, Rung::Relieve,
                                     Rung::Evict, Rung::Fence, Rung::Rescue};

constexpr std::size_t index_of(Rung rung) {
    return static_cast<std::size_t>(rung);
}

// A server under the guard's eyes, standing on whatever rung a test puts it.
class Server {
public:
    Server() : policies_(std::make_unique<PolicyTable>()) {
        settings.mode = GuardMode::Enforce;
        for (bool& acts : settings.rung_acts) {
            acts = true;
        }
        settings.stall = {60 * kSecond, kSegment};
        settings.interval_us = kSecond;
        sample.volume_count = kVolumeKinds;
        sample.slow_facts_known = true;
        sample.wal.segment_bytes = kSegment;
        sample.wal.write_lsn = kCurrent;
        sample.wal.redo_lsn = kCurrent - kSegment;
        for (std::size_t i = 0; i < kVolumeKinds; ++i) {
            sample.volumes[i].kind = static_cast<VolumeKind>(i);
            sample.volumes[i].known = true;
            sample.volumes[i].device = i;
            sample.verdicts[i].thresholds = {
                {0, 400 * kSegment, 300 * kSegment, 200 * kSegment, 100 * kSegment, 99 * kSegment}};
            stand(i, Rung::Calm);
        }
    }

    // On a rung, with a little less room than its threshold.
    void stand(std::size_t volume, Rung rung) {
        sample.verdicts[volume].rung = sample.verdicts[volume].demanded = rung;
        sample.verdicts[volume].usable_bytes =
            rung == Rung::Calm ? 10'000 * kSegment
                               : sample.verdicts[volume].thresholds.free_bytes[index_of(rung)] - 1;
    }
    void stand(Rung rung) { stand(kWalVolume, rung); }
    // As before, but the facts of this look alone would put it lower.
    void is_held_only(std::size_t volume, Rung demanded = Rung::Calm) {
        sample.verdicts[volume].demanded = demanded;
    }

    Slot& add(const char* name, std::uint64_t segment, Policy policy) {
        PolicyRow row{};
        row.slot.assign(name);
        row.policy = policy;
        policies_->rows[policies_->count++] = row;
        Slot& slot = sample.slots[sample.slot_count++];
        slot = Slot{};
        slot.index = 100 + sample.slot_count;
        slot.name.assign(name);
        slot.wal = SlotWal::Extended;
        slot.restart_lsn = segment * kSegment;
        slot.last_progress_steady_us = 1;
        slot.current_lsn_at_progress = slot.restart_lsn;
        return slot;
    }
    void remove(const Name& name) {
        for (std::uint32_t i = 0; i < sample.slot_count; ++i) {
            if (sample.slots[i].name.equals(name)) {
                for (std::uint32_t j = i + 1; j < sample.slot_count; ++j) {
                    sample.slots[j - 1] = sample.slots[j];
                }
                --sample.slot_count;
                return;
            }
        }
    }

    void forget_slots() {
        sample.slot_count = 0;
        policies_->count = 0;
    }

    // WAL that a checkpoint follows at once.
    void write(Bytes bytes) {
        sample.wal.write_lsn += bytes;
        sample.wal.redo_lsn += bytes;
    }

    Deeds look(TimeUs after = kSecond) {
        now += after;
        sample.sampled_at = sample.slots_sampled_at = now;
        return look_as_it_is();
    }
    // Without making the facts fresh.
    Deeds look_as_it_is() {
        policies_->loaded_steady_us = now;
        sample.mode = settings.mode;
        log.count = 0;
        const Deeds deeds = act(sample, facts(), memory, log);
        for (std::uint32_t i = 0; i < log.count; ++i) {
            const GuardEvent& event = log.events[i];
            said.push_back(std::string(name_of(event.action)) + " " + name_of(event.outcome) +
                           (event.target.empty() ? "" : std::string(" ") + event.target.bytes));
        }
        return deeds;
    }
    ActFacts facts() const {
        return {&settings, policies_.get(), report, suspended, fence_by_hand, now};
    }
    // As if the policies had just been loaded.
    PlanFacts plan_facts() const {
        policies_->loaded_steady_us = now;
        return {&settings, policies_.get(), suspended, now};
    }
    // What the reclaimer answers to the newest order.
    void answer(OrderState state) { report = {memory.order.number, state, now}; }

    GuardSample sample{};
    GuardSettings settings{};
    ActMemory memory{};
    OrderReport report{};
    EventLog log{};
    bool suspended = false;
    bool fence_by_hand = false;
    TimeUs now = 1000 * kSecond;
    std::vector<std::string> said;

private:
    std::unique_ptr<PolicyTable> policies_;
};

using Said = std::vector<std::string>;

inline std::unique_ptr<Server> server_on(Rung rung) {
    auto server = std::make_unique<Server>();
    server->stand(rung);
    return server;
}

// With a slot nobody uses any more.
inline std::unique_ptr<Server> with_orphan(Rung rung) {
    auto server = server_on(rung);
    server->add("orphan", 20, Policy::Ask);
    return server;
}

} // namespace opsmon::core::testing
