#include <catch2/catch.hpp>

#include "guarded_server.hpp"

using namespace opsmon::core;
using namespace opsmon::core::testing;

// --- consumers -----------------------------------------------------------------------------------

TEST_CASE("orders_the_eviction_of_the_victim_with_the_facts_it_was_decided_on", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->add("replica", 990, Policy::Protect);
    server->sample.slots[0].confirmed_flush_lsn = 21 * kSegment;
    server->sample.slots[0].active_pid = 77;
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(deeds.order.kind == OrderKind::Evict);
    CHECK(deeds.order.number == 1);
    CHECK(std::string(deeds.order.slot.bytes) == "orphan");
    CHECK(deeds.order.slot_index == server->sample.slots[0].index);
    CHECK(deeds.order.said.policy == Policy::Ask);
    CHECK_FALSE(deeds.order.said.is_guess);
    CHECK(deeds.order.must_free);
    CHECK(deeds.order.active_pid == 77);
    CHECK(deeds.order.restart_lsn == 20 * kSegment);
    CHECK(deeds.order.confirmed_flush_lsn == 21 * kSegment);
    CHECK(deeds.order.then_oldest_lsn == 990 * kSegment);
    CHECK(deeds.order.given_steady_us == server->now);
    CHECK(server->said == Said{"evict ordered orphan"});
}

TEST_CASE("says_with_each_look_whom_it_lets_be_taken", "[act]") {
    auto server = with_orphan(Rung::Evict);
    const VolumeVerdict& wal = server->sample.verdicts[kWalVolume];
    CHECK(server->look().need == Need::NotTheLast);
    server->sample.verdicts[kWalVolume].usable_bytes = wal.thresholds.free_bytes[4] + 1;
    CHECK(server->look().need == Need::Anybody);
    server->stand(Rung::Fence);
    CHECK(server->look().need == Need::Anybody);
    server->is_held_only(kWalVolume); // the reason has just gone
    CHECK(server->look().need == Need::Nobody);
    server->sample.volumes[kWalVolume].known = false;
    CHECK(server->look().need == Need::Anybody);
}

TEST_CASE("somebody_who_came_since_may_be_asked_for_wal_that_is_awaited", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->sample.oldest_wal_lsn = 20 * kSegment;
    REQUIRE(server->look().give_order);
    server->remove(server->memory.order.slot);
    server->answer(OrderState::Failed); // dropped, and nothing was freed
    for (int i = 0; i < 120; ++i) {
        const Deeds deeds = server->look();
        REQUIRE_FALSE((deeds.give_order && deeds.order.kind == OrderKind::Evict));
        server->answer(OrderState::Done);
    }
    server->add("newcomer", 30, Policy::Expendable);
    const Deeds deeds = server->look();
    REQUIRE(deeds.give_order);
    CHECK(std::string(deeds.order.slot.bytes) == "newcomer");
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

TEST_CASE("nobody_is_taken_while_the_rung_is_only_held", "[act]") {
    for (const Rung rung : {Rung::Evict, Rung::Fence, Rung::Rescue}) {
        auto server = with_orphan(rung);
        server->sample.oldest_wal_lsn = 10 * kSegment;
        server->is_held_only(kWalVolume, Rung::Watch);
        for (int i = 0; i < 10; ++i) {
            CHECK_FALSE(server->look().give_order); // no checkpoint, either
        }
        server->is_held_only(kWalVolume, Rung::Evict);
        CHECK(server->look().give_order);
    }
}

TEST_CASE("orders_nothing_while_there_are_slots_nobody_sees", "[act]") {
    auto server = with_orphan(Rung::Evict);
    server->sample.slots_omitted = 1;
    CHECK_FALSE(server->look().give_order);
    server->sample.slots_omitted = 0;
    CHECK(server->look().give_order);
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
    server->sample.wal.redo_lsn += 1; // it was made
    for (int i = 0; i < 3600; ++i) {
        REQUIRE_FALSE(server->look().give_order);
    }
    server->sample.slots[0].restart_lsn = 52 * kSegment;
    CHECK(server->look().give_order);
}

TEST_CASE("a_checkpoint_that_was_refused_is_asked_for_again_soon_and_not_at_once", "[act]") {
    auto server = with_orphan(Rung::Relieve);
    server->sample.oldest_wal_lsn = 10 * kSegment;
    REQUIRE(server->look().order.kind == OrderKind::Checkpoint);
    server->answer(OrderState::Refused);
    for (int i = 0; i < 20; ++i) {
        REQUIRE_FALSE(server->look(kSecond / 10).give_order);
    }
    CHECK(server->look(kSecond).order.kind == OrderKind::Checkpoint);
}

TEST_CASE("a_checkpoint_that_never_began_is_asked_for_again_once_a_minute", "[act]") {
    auto server = server_on(Rung::Relieve);
    server->sample.oldest_wal_lsn = 20 * kSegment;
    int asked = 0;
    for (int i = 0; i < 600; ++i) {
        asked += server->look().give_order ? 1 : 0;
        server->answer(OrderState::Failed);
    }
    CHECK(asked == 10);
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

TEST_CASE("a_discard_that_was_refused_or_failed_is_not_ordered_again_at_once", "[act]") {
    for (const OrderState state : {OrderState::Refused, OrderState::Failed}) {
        auto server = with_stuck_archiver();
        REQUIRE(server->look().give_order);
        server->answer(state);
        const TimeUs until = server->now + (state == OrderState::Refused ? 2 : 60) * kSecond;
        while (server->now < until) {
            const Deeds deeds = server->look(kSecond / 10);
            REQUIRE_FALSE((deeds.give_order && deeds.order.kind == OrderKind::DiscardArchive));
            if (deeds.give_order) { // a checkpoint
                server->answer(OrderState::Done);
            }
        }
        REQUIRE(server->look().give_order);
        CHECK(server->memory.order.kind == OrderKind::DiscardArchive);
    }
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
