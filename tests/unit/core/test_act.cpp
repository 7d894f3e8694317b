#include <catch2/catch.hpp>

#include "guarded_server.hpp"

#include <set>

using namespace opsmon::core;
using namespace opsmon::core::testing;

namespace {

using Said = std::vector<std::string>;

std::unique_ptr<Server> server_on(Rung rung) {
    auto server = std::make_unique<Server>();
    server->stand(rung);
    return server;
}

std::unique_ptr<Server> with_orphan(Rung rung) {
    auto server = server_on(rung);
    server->add("orphan", 20, Policy::Ask);
    return server;
}

} // namespace

// --- consumers -----------------------------------------------------------------------------------

TEST_CASE("orders_the_eviction_of_the_victim_with_the_facts_it_was_decided_on", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->add("replica", 990, Policy::Protect);
    server->sample.slots[0].confirmed_flush_lsn = 21 * kSegment;
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.kind == OrderKind::Evict);
    CHECK(deeds.order.number == 1);
    CHECK(std::string(deeds.order.slot.bytes) == "orphan");
    CHECK(deeds.order.slot_index == server->sample.slots[0].index);
    CHECK(deeds.order.policy == Policy::Ask);
    CHECK(deeds.order.restart_lsn == 20 * kSegment);
    CHECK(deeds.order.confirmed_flush_lsn == 21 * kSegment);
    CHECK(deeds.order.then_oldest_lsn == 990 * kSegment);
    CHECK(deeds.order.given_steady_us == server->now);
    CHECK(server->said == Said{"evict ordered orphan"});
}

TEST_CASE("gives_one_order_at_a_time", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->add("other", 30, Policy::Ask);
    REQUIRE(server->look().give_order);
    for (const OrderState state : {OrderState::Idle, OrderState::Working, OrderState::Working}) {
        server->answer(state);
        CHECK_FALSE(server->look().give_order);
    }
    server->remove(server->memory.order.slot);
    server->answer(OrderState::Done);
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.number == 2);
    CHECK(std::string(deeds.order.slot.bytes) == "other");
}

TEST_CASE("the_answer_to_another_order_is_no_answer", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->report = {7, OrderState::Done, 1};
    REQUIRE(server->look().give_order);
    CHECK_FALSE(server->look().give_order);
    CHECK(server->memory.order_is_open);
}

TEST_CASE("one_that_could_not_be_taken_is_let_alone_for_a_minute", "[act]") {
    auto server = with_orphan(Rung::Evict);
    REQUIRE(server->look().give_order);
    server->answer(OrderState::Failed);
    for (int i = 0; i < 60; ++i) {
        REQUIRE_FALSE(server->look().give_order);
    }
    server->look();
    CHECK(server->memory.order.number == 2);
}

TEST_CASE("an_order_that_was_refused_is_decided_anew_after_two_seconds", "[act]") {
    auto server = with_orphan(Rung::Evict);
    REQUIRE(server->look().give_order);
    server->answer(OrderState::Refused); // it had just moved, say
    CHECK_FALSE(server->look().give_order);
    CHECK_FALSE(server->look(2 * kSecond - 1).give_order);
    CHECK(server->look(1).give_order);
}

TEST_CASE("nobody_else_is_taken_until_the_wal_of_the_last_is_gone", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->add("other", 30, Policy::Ask);
    server->sample.oldest_wal_lsn = 20 * kSegment;
    REQUIRE(server->look().give_order);
    server->remove(server->memory.order.slot); // dropped, but no checkpoint ends
    server->answer(OrderState::Failed);
    for (int i = 0; i < 600; ++i) {
        const Deeds deeds = server->look();
        REQUIRE((!deeds.give_order || deeds.order.kind == OrderKind::Checkpoint));
    }
    server->answer(OrderState::Failed); // of the checkpoint that was asked for meanwhile
    server->sample.oldest_wal_lsn = 30 * kSegment;
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(std::string(deeds.order.slot.bytes) == "other");
}

TEST_CASE("one_that_is_still_there_keeps_nobody_else_waiting", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->add("other", 20, Policy::Ask);
    server->add("younger", 30, Policy::Expendable);
    REQUIRE(server->look().give_order);
    server->answer(OrderState::Failed);
    server->sample.slots[0].restart_lsn = 500 * kSegment; // and out of the way
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(std::string(deeds.order.slot.bytes) == "other");
}

TEST_CASE("many_that_could_not_be_taken_are_remembered_and_the_oldest_forgotten", "[act]") {
    auto server = server_on(Rung::Evict);
    for (std::uint64_t i = 0; i < 2 * kSkippedMax; ++i) {
        server->add(("orphan" + std::to_string(i)).c_str(), 20, Policy::Expendable);
    }
    for (std::uint32_t i = 0; i < 2 * kSkippedMax; ++i) {
        server->look(1);
        server->answer(OrderState::Failed);
    }
    CHECK(server->memory.skipped_count <= kSkippedMax);
}

TEST_CASE("an_eviction_overtakes_a_checkpoint_that_was_asked_for", "[act]") {
    auto server = with_orphan(Rung::Relieve);
    server->sample.oldest_wal_lsn = 10 * kSegment;
    Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.kind == OrderKind::Checkpoint);
    server->answer(OrderState::Working);
    CHECK_FALSE(server->look().give_order);
    server->stand(Rung::Evict);
    deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.kind == OrderKind::Evict);
    CHECK(server->said == Said{"checkpoint ordered", "evict ordered orphan"});
}

TEST_CASE("nobody_is_taken_below_the_rung", "[act]") {
    for (const Rung rung : {Rung::Calm, Rung::Watch, Rung::Relieve}) {
        auto server = with_orphan(rung);
        for (int i = 0; i < 10; ++i) {
            CHECK_FALSE(server->look().give_order);
        }
        CHECK(server->said.empty());
    }
}

TEST_CASE("a_full_data_volume_takes_no_consumer", "[act]") {
    auto server = with_orphan(Rung::Calm);
    server->stand(kDataVolume, Rung::Rescue);
    CHECK_FALSE(server->look().give_order);
}

TEST_CASE("last_is_taken_only_near_the_fence", "[act]") {
    auto server = server_on(Rung::Evict);
    server->add("warehouse", 20, Policy::Last);
    CHECK_FALSE(server->look().give_order);
    server->sample.verdicts[kWalVolume].usable_bytes = 149 * kSegment;
    CHECK(server->look().give_order);
}

TEST_CASE("no_order_on_facts_that_are_not_of_this_moment", "[act]") {
    for (int unknown = 0; unknown < 3; ++unknown) {
        CAPTURE(unknown);
        auto server = with_orphan(Rung::Rescue);
        server->sample.oldest_wal_lsn = 10 * kSegment;
        for (int i = 0; i < 10; ++i) {
            server->now += kSecond;
            server->sample.sampled_at = server->now;
            server->sample.slots_sampled_at = unknown == 0 ? server->now - 1 : server->now;
            server->sample.volumes[kWalVolume].known = unknown != 1;
            server->sample.slow_facts_known = unknown != 2;
            CHECK_FALSE(server->look_as_it_is().give_order);
        }
        server->sample.volumes[kWalVolume].known = true;
        server->sample.slow_facts_known = true;
        CHECK(server->look().give_order);
    }
}

TEST_CASE("a_reclaimer_that_takes_no_orders_is_told_of_once", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->look();
    for (int i = 0; i < 60; ++i) {
        server->look();
    }
    CHECK(server->said == Said{"evict ordered orphan", "reclaimer failed orphan"});
}

TEST_CASE("a_reclaimer_that_takes_no_orders_is_told_of_again_at_the_next", "[act]") {
    auto server = with_orphan(Rung::Evict);
    for (int i = 0; i < 30; ++i) {
        server->look();
    }
    server->answer(OrderState::Refused); // at last
    for (int i = 0; i < 30; ++i) {
        server->look();
    }
    CHECK(server->said == Said{"evict ordered orphan", "reclaimer failed orphan",
                               "evict ordered orphan", "reclaimer failed orphan"});
}

TEST_CASE("an_order_that_overtakes_another_has_a_patience_of_its_own", "[act]") {
    auto server = with_orphan(Rung::Relieve);
    server->sample.oldest_wal_lsn = 10 * kSegment;
    for (const Rung rung : {Rung::Relieve, Rung::Evict}) {
        server->stand(rung);
        for (int i = 0; i < 30; ++i) {
            server->look();
        }
    }
    CHECK(server->said == Said{"checkpoint ordered", "reclaimer failed", "evict ordered orphan",
                               "reclaimer failed orphan"});
}

TEST_CASE("a_reclaimer_at_work_may_take_its_time", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->look();
    server->answer(OrderState::Working);
    for (int i = 0; i < 60; ++i) {
        server->look();
    }
    CHECK(server->said == Said{"evict ordered orphan"});
}

// --- checkpoints ---------------------------------------------------------------------------------

TEST_CASE("asks_for_a_checkpoint_only_when_it_would_free_two_segments", "[act]") {
    for (const std::uint64_t needed : {21U, 22U}) {
        auto server = server_on(Rung::Relieve);
        server->sample.oldest_wal_lsn = 20 * kSegment;
        server->add("replica", needed, Policy::Protect);
        CHECK(server->look().give_order == (needed == 22));
        CHECK(server->said == (needed == 22 ? Said{"checkpoint ordered"} : Said{}));
    }
}

TEST_CASE("what_only_crash_recovery_needs_is_freed_by_a_checkpoint", "[act]") {
    auto server = server_on(Rung::Relieve);
    server->sample.wal.redo_lsn = 20 * kSegment; // a max_wal_size that is too large
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.kind == OrderKind::Checkpoint);
    CHECK(deeds.order.restart_lsn == 20 * kSegment);
    CHECK(deeds.order.then_oldest_lsn == kCurrent);
}

TEST_CASE("where_only_relieving_may_act_it_does_so_on_higher_rungs_too", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->settings.rung_acts[index_of(Rung::Evict)] = false;
    server->sample.oldest_wal_lsn = 10 * kSegment;
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.kind == OrderKind::Checkpoint);
    CHECK(server->said == Said{"evict would orphan", "checkpoint ordered"});
}

TEST_CASE("never_asks_a_second_time_for_a_checkpoint_that_would_free_no_more", "[act]") {
    auto server = server_on(Rung::Relieve);
    server->sample.oldest_wal_lsn = 20 * kSegment;
    server->add("replica", 50, Policy::Protect);
    REQUIRE(server->look().give_order);
    server->answer(OrderState::Failed);
    for (int i = 0; i < 3600; ++i) {
        REQUIRE_FALSE(server->look().give_order);
    }
    server->sample.slots[0].restart_lsn = 52 * kSegment;
    CHECK(server->look().give_order);
}

TEST_CASE("a_standby_asks_for_a_restartpoint_again_after_a_while", "[act]") {
    auto server = server_on(Rung::Relieve);
    server->sample.wal.in_recovery = true;
    server->sample.wal.replay_lsn = kCurrent;
    server->sample.oldest_wal_lsn = 20 * kSegment;
    REQUIRE(server->look().give_order);
    server->answer(OrderState::Failed);
    int asked = 0;
    for (int i = 0; i < 3600; ++i) {
        asked += server->look().give_order ? 1 : 0;
        server->answer(OrderState::Failed);
    }
    CHECK(asked > 1);
    CHECK(asked <= 3600 / 5);
}

// --- archive -------------------------------------------------------------------------------------

namespace {

// The archiver is what holds the WAL, and people have said that it may lose it.
std::unique_ptr<Server> with_stuck_archiver() {
    auto server = server_on(Rung::Fence);
    server->settings.discard_archive = true;
    server->sample.archiver_stuck = true;
    server->sample.oldest_unarchived_lsn = 20 * kSegment;
    server->add("replica", 300, Policy::Protect);
    return server;
}

} // namespace

TEST_CASE("discards_archive_only_as_far_as_it_frees_something", "[act]") {
    auto server = with_stuck_archiver();
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.kind == OrderKind::DiscardArchive);
    CHECK(deeds.order.restart_lsn == 20 * kSegment);
    CHECK(deeds.order.then_oldest_lsn == 300 * kSegment);
    CHECK(server->said == Said{"fence done", "discard archive ordered"});
}

TEST_CASE("never_discards_archive_unless_all_of_it_is_so", "[act]") {
    for (int missing = 0; missing < 5; ++missing) {
        CAPTURE(missing);
        auto server = with_stuck_archiver();
        switch (missing) {
        case 0:
            server->settings.discard_archive = false;
            break;
        case 1:
            server->sample.archiver_stuck = false;
            break;
        case 2:
            server->stand(Rung::Evict); // and the fence is not near
            break;
        case 3:
            server->sample.slots[0].restart_lsn = 20 * kSegment; // it alone would free nothing
            break;
        default:
            server->settings.rung_acts[index_of(Rung::Evict)] = false;
        }
        for (int i = 0; i < 5; ++i) {
            const Deeds deeds = server->look();
            CHECK((!deeds.give_order || deeds.order.kind != OrderKind::DiscardArchive));
        }
    }
}

TEST_CASE("takes_a_consumer_before_the_archive", "[act]") {
    auto server = with_stuck_archiver();
    server->add("trial", 10, Policy::Expendable);
    CHECK(server->look().order.kind == OrderKind::Evict);
}

TEST_CASE("that_archive_would_be_discarded_is_told_once", "[act]") {
    auto server = with_stuck_archiver();
    server->settings.mode = GuardMode::Observe;
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(server->look().give_order);
    }
    CHECK(server->said == Said{"fence would", "discard archive would"});
}

// --- fence ---------------------------------------------------------------------------------------

TEST_CASE("fences_for_either_volume_and_comes_down_with_the_rung", "[act]") {
    for (const std::size_t volume : {kWalVolume, kDataVolume}) {
        auto server = std::make_unique<Server>();
        server->stand(volume, Rung::Fence);
        Deeds deeds = server->look();
        CHECK(deeds.fence_bits == kFenceWriters);
        CHECK(deeds.fence_change == FenceChange::Raised);
        CHECK(deeds.fence_volume == server->sample.volumes[volume].kind);
        CHECK(deeds.lift_usable_bytes == 150 * kSegment);
        CHECK(server->look().fence_bits == kFenceWriters);
        server->stand(volume, Rung::Evict);
        deeds = server->look();
        CHECK(deeds.fence_bits == 0);
        CHECK(deeds.fence_change == FenceChange::Lifted);
        CHECK(server->said == Said{"fence done", "fence lifted done"});
    }
}

TEST_CASE("a_fence_comes_down_when_it_may_not_act_any_more", "[act]") {
    for (int reason = 0; reason < 4; ++reason) {
        CAPTURE(reason);
        auto server = server_on(Rung::Fence);
        REQUIRE(server->look().fence_bits != 0);
        server->suspended = reason == 0;
        server->settings.mode = reason == 1   ? GuardMode::Observe
                                : reason == 2 ? GuardMode::Off
                                              : GuardMode::Enforce;
        server->settings.rung_acts[index_of(Rung::Fence)] = reason != 3;
        if (reason == 2) {
            server->stand(Rung::Calm); // where a guard that is off always stands
        }
        CHECK(server->look().fence_bits == 0);
    }
}

TEST_CASE("a_standby_is_never_fenced", "[act]") {
    auto server = server_on(Rung::Rescue);
    server->sample.wal.in_recovery = true;
    for (int i = 0; i < 5; ++i) {
        CHECK(server->look().fence_bits == 0);
    }
    CHECK(server->said.empty());
}

TEST_CASE("a_volume_that_cannot_be_sensed_neither_raises_nor_lifts", "[act]") {
    auto server = server_on(Rung::Fence);
    server->sample.volumes[kWalVolume].known = false;
    CHECK(server->look().fence_bits == 0);
    server->sample.volumes[kWalVolume].known = true;
    REQUIRE(server->look().fence_bits == kFenceWriters);
    server->sample.volumes[kWalVolume].known = false;
    CHECK(server->look().fence_bits == kFenceWriters);
}

TEST_CASE("a_fence_under_which_wal_grows_becomes_wide_and_then_strong", "[act]") {
    auto server = server_on(Rung::Fence);
    server->look();
    server->write(kSegment + 1);
    CHECK(server->look().fence_bits == (kFenceWriters | kFenceAll));
    server->write(kSegment + 1);
    CHECK(server->look().fence_bits == (kFenceWriters | kFenceAll | kFenceExempt));
    CHECK(server->said == Said{"fence done", "fence all done", "fence all done"});
}

TEST_CASE("another_volume_that_demands_the_fence_is_no_growth", "[act]") {
    auto server = std::make_unique<Server>();
    server->stand(kDataVolume, Rung::Fence);
    REQUIRE(server->look().fence_bits == kFenceWriters);
    server->stand(kWalVolume, Rung::Fence); // with less room than the other
    server->sample.verdicts[kWalVolume].usable_bytes -= 50 * kSegment;
    CHECK(server->look().fence_bits == kFenceWriters);
}

TEST_CASE("growth_without_a_fence_predicts_no_wider_one", "[act]") {
    auto server = server_on(Rung::Fence);
    server->settings.mode = GuardMode::Observe;
    for (int i = 0; i < 10; ++i) {
        server->write(10 * kSegment);
        CHECK(server->look().fence_bits == 0);
    }
    CHECK(server->said == Said{"fence would"});
}

// --- ballast -------------------------------------------------------------------------------------

TEST_CASE("releases_the_ballast_once_until_another_is_there", "[act]") {
    auto server = server_on(Rung::Rescue);
    server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
    CHECK(server->look().release_ballast[kWalVolume]);
    for (int i = 0; i < 10; ++i) {
        CHECK_FALSE(server->look().release_ballast[kWalVolume]); // the facts are slow
    }
    server->sample.ballast_bytes[kWalVolume].reset();
    CHECK_FALSE(server->look().release_ballast[kWalVolume]);
    server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
    CHECK(server->look().release_ballast[kWalVolume]);
}

TEST_CASE("each_volume_has_its_own_ballast", "[act]") {
    auto server = std::make_unique<Server>();
    server->stand(kDataVolume, Rung::Rescue);
    server->sample.ballast_bytes[kWalVolume] = server->sample.ballast_bytes[kDataVolume] = 1;
    const Deeds deeds = server->look();
    CHECK(deeds.release_ballast[kDataVolume]);
    CHECK_FALSE(deeds.release_ballast[kWalVolume]);
}

TEST_CASE("data_on_the_wals_volume_has_no_ballast_of_its_own", "[act]") {
    auto server = server_on(Rung::Rescue);
    server->stand(kDataVolume, Rung::Rescue);
    server->sample.verdicts[kDataVolume].follows_wal = true;
    server->sample.ballast_bytes[kWalVolume] = server->sample.ballast_bytes[kDataVolume] = 1;
    const Deeds deeds = server->look();
    CHECK(deeds.release_ballast[kWalVolume]);
    CHECK_FALSE(deeds.release_ballast[kDataVolume]);
}

// --- pace ----------------------------------------------------------------------------------------

TEST_CASE("looks_as_often_as_the_next_rung_that_acts_demands", "[act]") {
    auto server = std::make_unique<Server>();
    CHECK(server->look().next_look_us == kSecond);
    for (const std::size_t volume : {kWalVolume, kDataVolume}) {
        server->stand(volume, Rung::Fence);
        CHECK(server->look().next_look_us == kLeastIntervalUs);
        server->stand(volume, Rung::Calm);
    }
    server->sample.verdicts[kWalVolume].usable_bytes = 210 * kSegment;
    CHECK(server->look().next_look_us < 100'000);
    server->settings.mode = GuardMode::Off;
    CHECK(server->look().next_look_us == kSecond);
}

TEST_CASE("on_the_rung_of_eviction_the_next_that_matters_is_the_fence", "[act]") {
    auto server = server_on(Rung::Evict);
    server->sample.verdicts[kWalVolume].usable_bytes = 180 * kSegment;
    CHECK(static_cast<double>(server->look().next_look_us) ==
          Approx(80.0 * kSegment / kFastestWriterBytesPerSecond * kSecond).epsilon(0.01));
}

TEST_CASE("a_volume_that_cannot_be_sensed_makes_no_haste", "[act]") {
    auto server = std::make_unique<Server>();
    server->sample.volumes[kDataVolume].known = false;
    server->sample.verdicts[kDataVolume].usable_bytes = 0;
    CHECK(server->look().next_look_us == kSecond);
}

// --- observing -----------------------------------------------------------------------------------

TEST_CASE("what_would_be_done_is_told_once_and_not_at_each_look", "[act]") {
    auto server = with_orphan(Rung::Rescue);
    server->settings.mode = GuardMode::Observe;
    server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
    server->sample.oldest_wal_lsn = 10 * kSegment;
    for (int i = 0; i < 100; ++i) {
        const Deeds deeds = server->look();
        REQUIRE_FALSE(deeds.give_order);
        REQUIRE(deeds.fence_bits == 0);
        REQUIRE_FALSE(deeds.release_ballast[kWalVolume]);
    }
    const std::set<std::string> once(server->said.begin(), server->said.end());
    CHECK(once.size() == server->said.size());
    CHECK(once.count("evict would orphan") == 1);
    CHECK(once.count("fence would") == 1);
    CHECK(once.count("ballast released would") == 1);
}

TEST_CASE("what_would_be_done_is_told_again_after_it_was_over", "[act]") {
    auto server = with_orphan(Rung::Calm);
    server->settings.mode = GuardMode::Observe;
    server->sample.oldest_wal_lsn = 10 * kSegment;
    server->sample.ballast_bytes[kWalVolume] = 64 * kBytesPerMiB;
    const Rung incident[] = {Rung::Relieve, Rung::Evict, Rung::Rescue, Rung::Calm};
    Said once;
    for (int times = 1; times <= 3; ++times) {
        for (const Rung rung : incident) {
            server->stand(rung);
            server->look();
        }
        once = times == 1 ? server->said : once;
        CHECK(server->said.size() == times * once.size());
    }
    CHECK(once == Said{"checkpoint would", "evict would orphan", "fence would",
                       "ballast released would", "fence lifted would"});
}

TEST_CASE("another_victim_is_told_of_at_once", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->settings.mode = GuardMode::Observe;
    server->look();
    server->add("older", 10, Policy::Ask);
    server->look();
    server->look();
    CHECK(server->said == Said{"evict would orphan", "evict would older"});
}
