#include <catch2/catch.hpp>

#include "guarded_server.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

using namespace opsmon::core;
using namespace opsmon::core::testing;

// What the guard never does, whatever the facts: every combination at one look, and long random
// stories of looks.

namespace {

constexpr GuardMode kModes[] = {GuardMode::Off, GuardMode::Observe, GuardMode::Enforce};
constexpr Rung kActing[] = {Rung::Relieve, Rung::Evict, Rung::Fence, Rung::Rescue};
enum class Facts { Fresh, SlotsAreOld, SlowOnesAreUnknown, VolumeIsUnknown };
enum class SlotKind { None, Protected, Stalled, Moving, Expendable, Last };
enum class OpenOrder { None, Unanswered, Working, Done, Refused, Failed };

struct Case {
    GuardMode mode;
    unsigned rungs; // of kActing
    Rung rung;
    std::size_t volume;
    Facts facts;
    SlotKind slot;
    OpenOrder order;
    bool suspended;
    bool standby;
};

template <typename Visit>
void for_every_case(Visit visit) {
    for (const GuardMode mode : kModes) {
        for (unsigned rungs = 0; rungs < 16; ++rungs) {
            for (const Rung rung : kAllRungs) {
                if (mode == GuardMode::Off && rung != Rung::Calm) {
                    continue; // a guard that is off stands nowhere else
                }
                for (int rest = 0; rest < 2 * 4 * 6 * 6 * 2 * 2; ++rest) {
                    int left = rest;
                    const auto next = [&](int choices) {
                        const int choice = left % choices;
                        left /= choices;
                        return choice;
                    };
                    Case of{};
                    of.mode = mode;
                    of.rungs = rungs;
                    of.rung = rung;
                    of.volume = static_cast<std::size_t>(next(2));
                    of.facts = static_cast<Facts>(next(4));
                    of.slot = static_cast<SlotKind>(next(6));
                    of.order = static_cast<OpenOrder>(next(6));
                    of.suspended = next(2) == 1;
                    of.standby = next(2) == 1;
                    visit(of);
                }
            }
        }
    }
}

bool acts(const Case& of, Rung rung) {
    const auto* place = std::find(std::begin(kActing), std::end(kActing), rung);
    return of.mode == GuardMode::Enforce && !of.suspended &&
           ((of.rungs >> (place - std::begin(kActing))) & 1) != 0;
}

void prepare(Server& server, const Case& of) {
    server.settings.mode = of.mode;
    for (std::size_t i = 0; i < std::size(kActing); ++i) {
        server.settings.rung_acts[index_of(kActing[i])] = ((of.rungs >> i) & 1) != 0;
    }
    server.suspended = of.suspended;
    server.sample.wal.in_recovery = of.standby;
    server.sample.wal.replay_lsn = kCurrent;
    for (std::size_t i = 0; i < kVolumeKinds; ++i) {
        server.sample.volumes[i].known = true;
        server.sample.ballast_bytes[i] = 64 * kBytesPerMiB;
        server.stand(i, i == of.volume ? of.rung : Rung::Calm);
    }
    server.sample.volumes[of.volume].known = of.facts != Facts::VolumeIsUnknown;
    server.sample.slow_facts_known = of.facts != Facts::SlowOnesAreUnknown;
    server.sample.oldest_wal_lsn = 10 * kSegment;
    server.forget_slots();
    switch (of.slot) {
    case SlotKind::None:
        break;
    case SlotKind::Protected:
        server.add("protected", 20, Policy::Protect);
        break;
    case SlotKind::Stalled:
        server.add("stalled", 20, Policy::Ask);
        break;
    case SlotKind::Moving:
        server.add("moving", 20, Policy::Ask).last_progress_steady_us = server.now;
        break;
    case SlotKind::Expendable:
        server.add("expendable", 20, Policy::Expendable);
        break;
    case SlotKind::Last:
        server.add("last", 20, Policy::Last);
        break;
    }
    server.memory = ActMemory{};
    server.report = OrderReport{};
    if (of.order != OpenOrder::None) {
        server.memory.order.number = 5;
        server.memory.order.kind = OrderKind::Evict;
        server.memory.order.slot.assign("somebody");
        server.memory.order.given_steady_us = server.now;
        server.memory.order.then_oldest_lsn = 10 * kSegment; // and gone it is
        server.memory.order_is_open = true;
        constexpr OrderState kStates[] = {OrderState::Idle,    OrderState::Idle,
                                          OrderState::Working, OrderState::Done,
                                          OrderState::Refused, OrderState::Failed};
        server.report = {5, kStates[static_cast<std::size_t>(of.order)], server.now};
    }
}

Deeds look(Server& server, const Case& of) {
    server.now += 1;
    server.sample.sampled_at = server.now;
    server.sample.slots_sampled_at = of.facts == Facts::SlotsAreOld ? server.now - 1 : server.now;
    server.said.clear();
    return server.look_as_it_is();
}

void require(bool holds, const char* what, const Case& of) {
    if (!holds) {
        FAIL(what << ": mode " << name_of(of.mode) << ", rungs " << of.rungs << ", "
                  << row_of(of.rung).name << " on " << of.volume << ", facts "
                  << static_cast<int>(of.facts) << ", slot " << static_cast<int>(of.slot)
                  << ", order " << static_cast<int>(of.order) << (of.suspended ? ", suspended" : "")
                  << (of.standby ? ", standby" : ""));
    }
}

void check_order(const Server& server, const Deeds& deeds, const Case& of) {
    const bool is_busy = of.order == OpenOrder::Unanswered || of.order == OpenOrder::Working;
    const bool wal_is_fresh = of.facts == Facts::Fresh ||
                              (of.facts == Facts::VolumeIsUnknown && of.volume == kDataVolume);
    const Rung wal_rung = of.volume == kWalVolume ? of.rung : Rung::Calm;
    const bool may_be_taken = of.slot == SlotKind::Stalled || of.slot == SlotKind::Expendable ||
                              (of.slot == SlotKind::Last && of.rung >= Rung::Fence);
    const bool evicts = wal_is_fresh && !is_busy && wal_rung >= Rung::Evict && may_be_taken &&
                        acts(of, Rung::Evict);
    require(evicts == (deeds.give_order && deeds.order.kind == OrderKind::Evict),
            "an eviction is ordered if and only if it may and must", of);
    if (deeds.give_order && deeds.order.kind == OrderKind::Checkpoint) {
        require(wal_is_fresh && !is_busy && wal_rung >= Rung::Relieve && acts(of, Rung::Relieve),
                "a checkpoint is asked for only when it may and must be", of);
    }
    require(!deeds.give_order || deeds.order.kind != OrderKind::DiscardArchive,
            "nobody has allowed to discard the archive", of);
    require(!deeds.give_order || deeds.order.number == (of.order == OpenOrder::None ? 1 : 6),
            "orders are numbered", of);
    require(deeds.give_order == (server.memory.order.given_steady_us == server.now),
            "the order is remembered", of);
}

void check_said(const Server& server, const Deeds& deeds, const Case& of) {
    std::size_t ordered = 0;
    for (std::uint32_t i = 0; i < server.log.count; ++i) {
        const GuardEvent& event = server.log.events[i];
        require(can_happen(event.action, event.outcome), "what is said can happen", of);
        require(event.mode == of.mode, "in the mode it is", of);
        ordered += event.outcome == Outcome::Ordered ? 1 : 0;
        if (event.outcome == Outcome::Would) {
            const Rung rung = event.action == Action::Checkpoint        ? Rung::Relieve
                              : event.action == Action::Evict           ? Rung::Evict
                              : event.action == Action::BallastReleased ? Rung::Rescue
                                                                        : Rung::Fence;
            require(!acts(of, rung), "what would be done may not be done", of);
        }
    }
    require(ordered == (deeds.give_order ? 1 : 0), "what is ordered is said", of);
    require(of.mode != GuardMode::Off || server.log.count == 0, "who is off says nothing", of);
}

void check_rest(const Deeds& deeds, const Case& of) {
    const bool fenced = of.rung >= Rung::Fence && acts(of, Rung::Fence) && !of.standby &&
                        of.facts != Facts::VolumeIsUnknown;
    require(deeds.fence_bits == (fenced ? kFenceWriters : 0), "the fence is up when it must", of);
    for (std::size_t i = 0; i < kVolumeKinds; ++i) {
        require(deeds.release_ballast[i] ==
                    (i == of.volume && of.rung == Rung::Rescue && acts(of, Rung::Rescue)),
                "the ballast goes with the last rung", of);
    }
    require(deeds.next_look_us >= kLeastIntervalUs && deeds.next_look_us <= kSecond,
            "looks within the interval", of);
    require(of.rung < Rung::Fence || of.mode == GuardMode::Off ||
                of.facts == Facts::VolumeIsUnknown || deeds.next_look_us == kLeastIntervalUs,
            "looks as often as it can below the fence", of);
}

bool are_equal(const Deeds& a, const Deeds& b) {
    return a.fence_bits == b.fence_bits && a.fence_change == b.fence_change &&
           a.give_order == b.give_order && a.next_look_us == b.next_look_us &&
           a.release_ballast[0] == b.release_ballast[0] &&
           a.release_ballast[1] == b.release_ballast[1] &&
           (!a.give_order || (a.order.kind == b.order.kind && a.order.slot.equals(b.order.slot)));
}

} // namespace

TEST_CASE("at_any_look_the_guard_does_what_it_may_and_must_and_nothing_else", "[act]") {
    auto server = std::make_unique<Server>();
    std::size_t cases = 0;
    for_every_case([&](const Case& of) {
        prepare(*server, of);
        const ActMemory before = server->memory;
        const Deeds deeds = look(*server, of);
        check_order(*server, deeds, of);
        check_said(*server, deeds, of);
        check_rest(deeds, of);
        const std::vector<std::string> said = server->said;
        server->memory = before; // same input, same output
        server->now -= 1;
        require(are_equal(deeds, look(*server, of)) && said == server->said, "it repeats", of);
        ++cases;
    });
    CHECK(cases == 16 * 13 * 1152);
}

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
        if (one_in(20)) {
            server_->settings.mode = kModes[1 + random_() % 2];
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

    void check_order(const Deeds& deeds, bool was_open, bool was_checkpoint, std::uint64_t number) {
        REQUIRE((!deeds.give_order ||
                 (server_->sample.volumes[kWalVolume].known && server_->sample.slow_facts_known)));
        if (!deeds.give_order) {
            return;
        }
        REQUIRE(deeds.order.number == number + 1);
        const Rung rung = server_->sample.verdicts[kWalVolume].rung;
        if (deeds.order.kind == OrderKind::Checkpoint) {
            REQUIRE_FALSE(was_open);
            REQUIRE((rung >= Rung::Relieve && acts(Rung::Relieve)));
            REQUIRE(deeds.order.then_oldest_lsn - deeds.order.restart_lsn >= 2 * kSegment);
            return;
        }
        REQUIRE(deeds.order.kind == OrderKind::Evict);
        REQUIRE((!was_open || was_checkpoint)); // one consumer at a time
        REQUIRE((rung >= Rung::Evict && acts(Rung::Evict)));
        REQUIRE(server_->sample.oldest_wal_lsn / kSegment >= awaited_lsn_ / kSegment);
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
        const bool demanded = sample.verdicts[kWalVolume].rung >= Rung::Fence ||
                              sample.verdicts[kDataVolume].rung >= Rung::Fence;
        REQUIRE((deeds.fence_bits == 0 || acts(Rung::Fence)));
        const bool all_known =
            sample.volumes[kWalVolume].known && sample.volumes[kDataVolume].known;
        if (all_known) {
            REQUIRE((deeds.fence_bits != 0) == (demanded && acts(Rung::Fence)));
        }
        REQUIRE((deeds.fence_change == FenceChange::Raised) ==
                (!was_fenced_ && deeds.fence_bits != 0));
        REQUIRE((deeds.fence_change == FenceChange::Lifted) ==
                (was_fenced_ && deeds.fence_bits == 0));
        REQUIRE((deeds.fence_bits & (kFenceAll | kFenceExempt)) == 0); // no WAL is written here
        was_fenced_ = deeds.fence_bits != 0;
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
    bool released_[kVolumeKinds] = {};
};

} // namespace

TEST_CASE("over_any_story_the_guard_keeps_its_promises", "[act]") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        CAPTURE(seed);
        Story(seed).live(1000);
    }
}
