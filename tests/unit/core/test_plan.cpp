#include <catch2/catch.hpp>

#include "guarded_server.hpp"

#include <algorithm>
#include <random>
#include <set>

using namespace opsmon::core;
using namespace opsmon::core::testing;

namespace {

std::vector<PlanStep> plan_of(const Server& server, std::uint32_t capacity = 2000) {
    auto copy = std::make_unique<GuardSample>(server.sample);
    std::vector<PlanStep> steps(capacity);
    steps.resize(make_plan(*copy, server.plan_facts(), steps.data(), capacity));
    return steps;
}

// A step in words: what, to whom; of one that is kept, why.
std::string words(const PlanStep& step) {
    const std::string target = step.target.empty() ? "" : std::string(" ") + step.target.bytes;
    return step.keeps ? "keep" + target + ": " + name_of(step.refusal)
                      : name_of(step.action) + target;
}

Said words_of(const Server& server) {
    Said said;
    for (const PlanStep& step : plan_of(server)) {
        said.push_back(words(step));
    }
    return said;
}

const PlanStep& find(const std::vector<PlanStep>& steps, Action action) {
    const auto found = std::find_if(steps.begin(), steps.end(), [&](const PlanStep& step) {
        return !step.keeps && step.action == action;
    });
    REQUIRE(found != steps.end());
    return *found;
}

} // namespace

TEST_CASE("the_plan_of_a_server_without_slots_is_a_fence", "[plan]") {
    CHECK(words_of(*std::make_unique<Server>()) == Said{"fence"});
}

TEST_CASE("the_plan_says_whom_it_takes_in_which_order_and_whom_it_keeps_and_why", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("replica", 700, Policy::Protect);
    server->add("warehouse", 300, Policy::Last);
    server->add("orphan", 200, Policy::Ask);
    server->add("trial", 100, Policy::Expendable);
    server->add("younger", 800, Policy::Expendable);
    server->add("alive", 900, Policy::Ask).last_progress_steady_us = server->now;
    server->sample.oldest_wal_lsn = 50 * kSegment;
    server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
    CHECK(words_of(*server) == Said{"checkpoint", "evict trial", "evict orphan", "evict warehouse",
                                    "fence", "ballast released", "keep replica: protected",
                                    "keep younger: may be taken",
                                    "keep alive: its consumer takes WAL"});
}

TEST_CASE("each_step_says_what_it_frees_after_those_before_it", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("replica", 700, Policy::Protect);
    server->add("a", 100, Policy::Expendable);
    server->add("b", 300, Policy::Expendable);
    server->add("c", 300, Policy::Expendable);
    server->sample.oldest_wal_lsn = 50 * kSegment;
    server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
    const std::vector<PlanStep> steps = plan_of(*server);
    REQUIRE(steps.size() == 7);
    CHECK(steps[0].freed_bytes == 50 * kSegment); // the checkpoint
    CHECK(steps[1].freed_bytes == 200 * kSegment);
    CHECK(steps[2].freed_bytes == 0); // two in one segment
    CHECK(steps[3].freed_bytes == 400 * kSegment);
    CHECK_FALSE(steps[4].freed_bytes.has_value()); // a fence frees nothing
    CHECK(steps[5].freed_bytes == 64 * kBytesPerMiB);
}

TEST_CASE("a_step_is_due_when_its_rung_is_reached", "[plan]") {
    for (const Rung rung : kAllRungs) {
        CAPTURE(row_of(rung).name);
        auto server = std::make_unique<Server>();
        server->add("trial", 100, Policy::Expendable);
        server->add("warehouse", 200, Policy::Last);
        server->sample.oldest_wal_lsn = 50 * kSegment;
        server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
        server->stand(rung);
        const std::vector<PlanStep> steps = plan_of(*server);
        CHECK(find(steps, Action::Checkpoint).due == (rung >= Rung::Relieve));
        CHECK(find(steps, Action::Evict).due == (rung >= Rung::Evict));
        CHECK(steps[2].due == (rung >= Rung::Fence)); // the warehouse: only before a fence
        CHECK(find(steps, Action::Fence).due == (rung >= Rung::Fence));
        CHECK(find(steps, Action::BallastReleased).due == (rung >= Rung::Rescue));
    }
}

TEST_CASE("nothing_is_due_to_consumers_while_the_rung_is_only_held", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("trial", 100, Policy::Expendable);
    server->sample.oldest_wal_lsn = 50 * kSegment;
    server->stand(Rung::Fence);
    server->is_held_only(kWalVolume);
    const std::vector<PlanStep> steps = plan_of(*server);
    CHECK_FALSE(find(steps, Action::Checkpoint).due);
    CHECK_FALSE(find(steps, Action::Evict).due);
    CHECK(find(steps, Action::Fence).due);
}

TEST_CASE("a_further_eviction_is_due_only_while_those_before_free_too_little", "[plan]") {
    for (const std::uint64_t first_frees : {0U, 1U, 2U, 3U}) {
        auto server = std::make_unique<Server>();
        server->add("a", 100, Policy::Expendable);
        server->add("b", 100 + first_frees, Policy::Expendable);
        server->add("replica", 900, Policy::Protect);
        server->stand(Rung::Evict);
        server->sample.verdicts[kWalVolume].usable_bytes = 198 * kSegment; // two are missing
        const std::vector<PlanStep> steps = plan_of(*server);
        CHECK(steps[0].due);
        CHECK(steps[1].due == (first_frees < 2));
    }
}

TEST_CASE("the_first_eviction_is_due_on_a_forecast_too", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("trial", 100, Policy::Expendable);
    server->stand(Rung::Evict);
    server->sample.verdicts[kWalVolume].usable_bytes = 10'000 * kSegment;
    CHECK(find(plan_of(*server), Action::Evict).due);
}

TEST_CASE("the_plan_takes_nobody_while_there_are_slots_nobody_sees", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("trial", 100, Policy::Expendable);
    server->sample.slots_omitted = 1;
    const std::vector<PlanStep> steps = plan_of(*server);
    REQUIRE(steps.size() == 2);
    CHECK(steps[1].refusal == Refusal::OthersUnseen);
}

TEST_CASE("a_step_acts_where_mode_and_rungs_let_it", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("trial", 100, Policy::Expendable);
    server->add("replica", 900, Policy::Protect);
    const auto evicts = [&] { return find(plan_of(*server), Action::Evict).acts; };
    const auto fences = [&] { return find(plan_of(*server), Action::Fence).acts; };
    CHECK((evicts() && fences()));
    server->settings.rung_acts[index_of(Rung::Evict)] = false;
    CHECK((!evicts() && fences()));
    server->suspended = true;
    CHECK((!evicts() && !fences()));
    server->suspended = false;
    for (const GuardMode mode : {GuardMode::Off, GuardMode::Observe}) {
        server->settings.mode = mode;
        CHECK((!evicts() && !fences()));
    }
    const std::vector<PlanStep> steps = plan_of(*server);
    CHECK(steps.back().keeps);
    CHECK_FALSE(steps.back().acts);
}

TEST_CASE("a_standby_has_no_fence_in_its_plan", "[plan]") {
    auto server = std::make_unique<Server>();
    server->sample.wal.in_recovery = true;
    server->sample.wal.replay_lsn = kCurrent;
    server->add("trial", 100, Policy::Expendable);
    CHECK(words_of(*server) == Said{"evict trial"});
}

TEST_CASE("without_policies_the_plan_takes_nobody_and_says_why", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("trial", 100, Policy::Expendable);
    auto copy = std::make_unique<GuardSample>(server->sample);
    PlanFacts facts = server->plan_facts();
    facts.policies = nullptr;
    PlanStep steps[8];
    REQUIRE(make_plan(*copy, facts, steps, 8) == 2);
    CHECK(words(steps[0]) == "fence");
    CHECK(steps[1].refusal == Refusal::PolicyUnknown);
}

TEST_CASE("the_archive_is_in_the_plan_only_where_it_may_be_discarded", "[plan]") {
    for (const bool allowed : {false, true}) {
        for (const bool stuck : {false, true}) {
            auto server = std::make_unique<Server>();
            server->settings.discard_archive = allowed;
            server->sample.archiver_stuck = stuck;
            server->sample.oldest_unarchived_lsn = 100 * kSegment;
            const Said said = words_of(*server);
            CHECK(std::count(said.begin(), said.end(), "discard archive") ==
                  (allowed && stuck ? 1 : 0));
        }
    }
}

TEST_CASE("the_archive_is_due_near_the_fence_only", "[plan]") {
    auto server = std::make_unique<Server>();
    server->settings.discard_archive = server->sample.archiver_stuck = true;
    server->sample.oldest_unarchived_lsn = 100 * kSegment;
    for (const Rung rung : {Rung::Evict, Rung::Fence}) {
        server->stand(rung);
        CHECK(find(plan_of(*server), Action::DiscardArchive).due == (rung == Rung::Fence));
    }
}

TEST_CASE("a_slot_that_holds_nothing_is_in_no_plan", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("lost", 100, Policy::Expendable).wal = SlotWal::Lost;
    CHECK(words_of(*server) == Said{"fence"});
}

TEST_CASE("a_plan_never_writes_beyond_its_room", "[plan]") {
    auto server = std::make_unique<Server>();
    for (int i = 0; i < 10; ++i) {
        server->add(("trial" + std::to_string(i)).c_str(), 100, Policy::Expendable);
        server->add(("replica" + std::to_string(i)).c_str(), 900, Policy::Protect);
    }
    const std::vector<PlanStep> all = plan_of(*server);
    for (std::uint32_t capacity = 0; capacity <= all.size(); ++capacity) {
        CHECK(plan_of(*server, capacity).size() == capacity);
    }
}

TEST_CASE("a_long_plan_is_cut_and_keeps_nobody_it_would_take", "[plan]") {
    auto server = std::make_unique<Server>();
    server->add("replica", 900, Policy::Protect);
    for (std::uint64_t i = 0; i < 500; ++i) {
        server->add(("trial" + std::to_string(i)).c_str(), 100 + i, Policy::Expendable);
    }
    const Said said = words_of(*server);
    const auto evictions = std::count_if(said.begin(), said.end(), [](const std::string& step) {
        return step.rfind("evict", 0) == 0;
    });
    CHECK(evictions == 20);
    CHECK(said.size() == 20 + 2); // a fence, and the one that is kept
    CHECK(said.back() == "keep replica: protected");
}

namespace {

// What the guard would really do, if each order were carried out at once and helped nothing: the
// rung stays, first that of eviction, then the fence.
Said evictions_by_acting(Server& server) {
    Said taken;
    for (const Rung rung : {Rung::Evict, Rung::Fence}) {
        server.stand(rung);
        for (Deeds deeds = server.look(); deeds.give_order; deeds = server.look()) {
            if (deeds.order.kind == OrderKind::Evict) {
                taken.push_back(std::string("evict ") + deeds.order.slot.bytes);
                server.remove(deeds.order.slot);
            }
            server.answer(OrderState::Done);
        }
    }
    return taken;
}

} // namespace

TEST_CASE("the_plan_takes_whom_the_guard_takes_in_the_same_order", "[plan]") {
    std::mt19937 random(31);
    std::size_t evictions = 0;
    for (int round = 0; round < 500; ++round) {
        auto server = std::make_unique<Server>();
        const unsigned count = random() % 10;
        for (unsigned i = 0; i < count; ++i) {
            const auto policy = static_cast<Policy>(random() % kPolicies);
            server->add((std::string(name_of(policy)) + std::to_string(i)).c_str(),
                        100 + random() % 20, policy);
        }
        server->sample.oldest_unarchived_lsn =
            random() % 3 == 0 ? (110 + random() % 10) * kSegment : kUnknownLsn;
        Said planned;
        for (const std::string& step : words_of(*server)) {
            if (step.rfind("evict", 0) == 0) {
                planned.push_back(step);
            }
        }
        evictions += planned.size();
        REQUIRE(planned == evictions_by_acting(*server));
    }
    CHECK(evictions > 500);
}

TEST_CASE("each_slot_that_holds_wal_is_in_the_plan_once", "[plan]") {
    std::mt19937 random(37);
    for (int round = 0; round < 500; ++round) {
        auto server = std::make_unique<Server>();
        std::multiset<std::string> expected;
        const unsigned count = random() % 10;
        for (unsigned i = 0; i < count; ++i) {
            const std::string name = "slot" + std::to_string(i);
            Slot& slot = server->add(name.c_str(), 100 + random() % 20,
                                     static_cast<Policy>(random() % kPolicies));
            if (random() % 4 == 0) {
                slot.last_progress_steady_us = server->now;
            }
            expected.insert(name);
        }
        std::multiset<std::string> found;
        for (const PlanStep& step : plan_of(*server)) {
            if (!step.target.empty()) {
                found.insert(step.target.bytes);
            }
        }
        REQUIRE(found == expected);
    }
}
