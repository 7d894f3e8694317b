#include <catch2/catch.hpp>

#include "guarded_server.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>

using namespace opsmon::core;
using namespace opsmon::core::testing;

// Whole incidents: the same one observed and enforced, and long random ones.

namespace {

// An incident as it would go without anybody's help: up the ladder and down again. Returns what was
// said, without what came of it.
std::vector<std::string> live_through(GuardMode mode, const std::vector<Rung>& rungs) {
    auto server = std::make_unique<Server>();
    server->settings.mode = mode;
    server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
    server->sample.oldest_wal_lsn = 10 * kSegment;
    server->add("orphan", 20, Policy::Ask);
    server->add("warehouse", 30, Policy::Last);
    server->add("replica", 40, Policy::Protect);
    for (const Rung rung : rungs) {
        server->stand(rung);
        for (int i = 0; i < 5; ++i) {
            server->look();
            server->answer(OrderState::Working);
        }
    }
    std::vector<std::string> said;
    for (const std::string& line : server->said) {
        std::string action = line;
        for (const char* outcome : {" would", " ordered", " done"}) {
            const std::size_t at = action.find(outcome);
            action =
                at == std::string::npos ? action : action.erase(at, std::string(outcome).size());
        }
        said.push_back(action);
    }
    return said;
}

} // namespace

TEST_CASE("a_dry_run_differs_only_in_the_outcome", "[act]") {
    const std::vector<std::vector<Rung>> incidents = {
        {Rung::Watch, Rung::Relieve, Rung::Calm},
        {Rung::Relieve, Rung::Evict, Rung::Calm},
        {Rung::Evict, Rung::Watch, Rung::Calm},
        {Rung::Relieve, Rung::Evict, Rung::Fence, Rung::Evict, Rung::Calm},
        {Rung::Relieve, Rung::Evict, Rung::Fence, Rung::Rescue, Rung::Fence, Rung::Calm},
    };
    for (const std::vector<Rung>& incident : incidents) {
        CAPTURE(row_of(incident.front()).name, incident.size());
        std::vector<std::string> observed = live_through(GuardMode::Observe, incident);
        std::vector<std::string> enforced = live_through(GuardMode::Enforce, incident);
        // The ballast's release is told by the guard's edge, which has released it.
        observed.erase(std::remove(observed.begin(), observed.end(), "ballast released"),
                       observed.end());
        // How much a fence must stop shows under a fence only.
        enforced.erase(std::remove(enforced.begin(), enforced.end(), "fence all"), enforced.end());
        CHECK(observed == enforced);
    }
}

namespace {

// A long story: everything changes at random, and a reclaimer works as it pleases.
class Story {
public:
    explicit Story(unsigned seed) : random_(seed), server_(std::make_unique<Server>()) {
        server_->settings.mode = GuardMode::Enforce;
        for (int i = 0; i < 6; ++i) {
            add_slot();
        }
        server_->sample.oldest_wal_lsn = 10 * kSegment;
    }

    void live(int looks) {
        for (int i = 0; i < looks; ++i) {
            change_the_world();
            let_the_reclaimer_work();
            const bool was_open = server_->memory.order_is_open;
            const bool was_checkpoint = server_->memory.order.kind == OrderKind::Checkpoint;
            const std::uint64_t number = server_->memory.order.number;
            const bool answered =
                server_->report.number == number && server_->report.state >= OrderState::Done;
            const Deeds deeds = server_->look(1 + static_cast<TimeUs>(random_() % (3 * kSecond)));
            check_order(deeds, was_open && !answered, was_checkpoint, number);
            check_fence(deeds);
            check_ballast(deeds);
        }
    }

private:
    bool one_in(unsigned chance) { return random_() % chance == 0; }

    void add_slot() {
        const auto policy = static_cast<Policy>(random_() % kPolicies);
        const std::string name = std::string(name_of(policy)) + "_" + std::to_string(slots_made_++);
        server_->add(name.c_str(), 20 + random_() % 900, policy);
    }

    void change_the_world() {
        GuardSample& sample = server_->sample;
        if (one_in(5)) {
            server_->stand(random_() % 2, kAllRungs[random_() % kRungs]);
        }
        if (one_in(5)) { // a rung is held for a while after its reason
            const std::size_t volume = random_() % 2;
            const auto rung = static_cast<unsigned>(sample.verdicts[volume].rung);
            server_->is_held_only(volume, kAllRungs[random_() % (rung + 1)]);
        }
        if (one_in(20)) {
            server_->settings.mode = one_in(2) ? GuardMode::Observe : GuardMode::Enforce;
        }
        if (one_in(20)) {
            server_->suspended = !server_->suspended;
        }
        if (one_in(20)) {
            bool& listed = server_->settings.rung_acts[random_() % kRungs];
            listed = !listed;
        }
        if (one_in(10)) {
            sample.volumes[random_() % 2].known = one_in(2);
        }
        if (one_in(5) && sample.slot_count > 0) {
            Slot& slot = sample.slots[random_() % sample.slot_count];
            slot.last_progress_steady_us = server_->now;
        }
        if (one_in(8) && sample.slot_count < 8 && slots_made_ < 1000) {
            add_slot();
        }
        if (one_in(10)) {
            sample.oldest_wal_lsn += random_() % 20 * kSegment;
        }
        if (one_in(10)) {
            sample.slow_facts_known = one_in(2);
        }
        if (one_in(10)) {
            for (std::optional<Bytes>& ballast : sample.ballast_bytes) {
                ballast = one_in(2) ? std::optional<Bytes>(64 * kBytesPerMiB) : std::nullopt;
            }
        }
    }

    void let_the_reclaimer_work() {
        if (!server_->memory.order_is_open || one_in(2)) {
            return;
        }
        if (!one_in(3)) {
            server_->answer(OrderState::Working);
        } else if (one_in(3)) {
            fail(server_->memory.order);
        } else if (one_in(3)) {
            server_->answer(OrderState::Refused);
        } else {
            server_->answer(OrderState::Done);
            server_->remove(server_->memory.order.slot);
        }
    }

    void fail(const Order& order) {
        server_->answer(OrderState::Failed);
        if (order.kind != OrderKind::Evict) {
            return;
        }
        if (one_in(2)) {
            failed_at_[order.slot.bytes] = server_->now;
            awaited_lsn_ = kUnknownLsn;
        } else { // it is gone, its WAL is not
            server_->remove(order.slot);
            awaited_lsn_ = order.then_oldest_lsn;
        }
    }

    bool acts(Rung rung) const {
        return server_->settings.mode == GuardMode::Enforce && !server_->suspended &&
               server_->settings.rung_acts[index_of(rung)];
    }

    bool somebody_holds_before(Lsn lsn) const {
        RetentionFacts facts = retention_facts(server_->sample);
        facts.redo_lsn = kUnknownLsn;
        std::vector<Holder> holders(kSlotsMax + kHoldersBesideSlots);
        holders.resize(
            find_holders(facts, holders.data(), static_cast<std::uint32_t>(holders.size())));
        return std::any_of(holders.begin(), holders.end(), [&](const Holder& holder) {
            return holder.oldest_lsn / kSegment < lsn / kSegment;
        });
    }

    void check_order(const Deeds& deeds, bool was_open, bool was_checkpoint, std::uint64_t number) {
        REQUIRE((!deeds.give_order ||
                 (server_->sample.volumes[kWalVolume].known && server_->sample.slow_facts_known)));
        if (!deeds.give_order) {
            return;
        }
        REQUIRE(deeds.order.number == number + 1);
        const Rung rung = server_->sample.verdicts[kWalVolume].demanded;
        if (deeds.order.kind == OrderKind::Checkpoint) {
            REQUIRE_FALSE(was_open);
            REQUIRE((rung >= Rung::Relieve && acts(Rung::Relieve)));
            REQUIRE(deeds.order.then_oldest_lsn - deeds.order.restart_lsn >= 2 * kSegment);
            return;
        }
        REQUIRE(deeds.order.kind == OrderKind::Evict);
        REQUIRE((!was_open || was_checkpoint)); // one consumer at a time
        REQUIRE((rung >= Rung::Evict && acts(Rung::Evict)));
        REQUIRE((server_->sample.oldest_wal_lsn / kSegment >= awaited_lsn_ / kSegment ||
                 somebody_holds_before(awaited_lsn_)));
        awaited_lsn_ = kUnknownLsn;
        const std::string name = deeds.order.slot.bytes;
        REQUIRE(name.rfind("protect", 0) != 0);
        REQUIRE(
            (name.rfind("last", 0) != 0 || fence_is_near(server_->sample.verdicts[kWalVolume])));
        if (failed_at_.count(name) != 0) {
            REQUIRE(server_->now - failed_at_[name] >= 60 * kSecond);
        }
    }

    void check_fence(const Deeds& deeds) {
        const GuardSample& sample = server_->sample;
        const bool held = sample.verdicts[kWalVolume].rung >= Rung::Fence ||
                          sample.verdicts[kDataVolume].rung >= Rung::Fence;
        const bool demanded = sample.verdicts[kWalVolume].demanded >= Rung::Fence ||
                              sample.verdicts[kDataVolume].demanded >= Rung::Fence;
        REQUIRE((deeds.fence_bits == 0 || acts(Rung::Fence)));
        const bool all_known =
            sample.volumes[kWalVolume].known && sample.volumes[kDataVolume].known;
        if (all_known) {
            REQUIRE((deeds.fence_bits == 0 || held));
            REQUIRE((deeds.fence_bits != 0 || !demanded || !acts(Rung::Fence)));
            REQUIRE((deeds.fence_change != FenceChange::Raised || demanded || was_told_));
        }
        REQUIRE((deeds.fence_change == FenceChange::Raised) ==
                (!was_fenced_ && deeds.fence_bits != 0));
        REQUIRE((deeds.fence_change == FenceChange::Lifted) ==
                (was_fenced_ && deeds.fence_bits == 0));
        // No WAL is written here: only the last rung widens the fence.
        was_last_ = deeds.fence_bits != 0 &&
                    (was_last_ || sample.verdicts[kWalVolume].demanded == Rung::Rescue ||
                     sample.verdicts[kDataVolume].demanded == Rung::Rescue);
        REQUIRE(((deeds.fence_bits & kFenceAll) == 0 || was_last_));
        REQUIRE((deeds.fence_bits & kFenceExempt) == 0);
        was_fenced_ = deeds.fence_bits != 0;
        was_told_ = server_->memory.told_fence.up;
    }

    void check_ballast(const Deeds& deeds) {
        for (std::size_t i = 0; i < kVolumeKinds; ++i) {
            const bool is_there = server_->sample.ballast_bytes[i].has_value();
            released_[i] = released_[i] && is_there;
            if (deeds.release_ballast[i]) {
                REQUIRE(is_there);
                REQUIRE(acts(Rung::Rescue));
                REQUIRE(server_->sample.verdicts[i].rung == Rung::Rescue);
                REQUIRE_FALSE(released_[i]);
                released_[i] = true;
            }
        }
    }

    std::mt19937 random_;
    std::unique_ptr<Server> server_;
    std::map<std::string, TimeUs> failed_at_;
    Lsn awaited_lsn_ = kUnknownLsn;
    int slots_made_ = 0;
    bool was_fenced_ = false;
    bool was_last_ = false;
    bool was_told_ = false;
    bool released_[kVolumeKinds] = {};
};

} // namespace

TEST_CASE("over_any_story_the_guard_keeps_its_promises", "[act]") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Story(seed).live(1000);
    }
}
