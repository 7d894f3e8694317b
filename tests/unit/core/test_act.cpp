#include <catch2/catch.hpp>

#include "guarded_server.hpp"

#include <set>

using namespace opsmon::core;
using namespace opsmon::core::testing;

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

TEST_CASE("is_raised_for_what_is_now_and_held_as_long_as_its_rung", "[act]") {
    for (const std::size_t volume : {kWalVolume, kDataVolume}) {
        auto server = std::make_unique<Server>();
        server->stand(volume, Rung::Fence);
        server->is_held_only(volume);
        CHECK(server->look().fence_bits == 0);
        server->stand(volume, Rung::Fence);
        CHECK(server->look().fence_bits == kFenceWriters);
        server->is_held_only(volume);
        CHECK(server->look().fence_bits == kFenceWriters);
        server->stand(volume, Rung::Evict);
        CHECK(server->look().fence_bits == 0);
    }
}

TEST_CASE("is_not_held_for_another_volume_than_it_was_raised_for", "[act]") {
    auto server = server_on(Rung::Fence);
    server->stand(kDataVolume, Rung::Fence);
    server->is_held_only(kDataVolume);
    REQUIRE(server->look().fence_volume == VolumeKind::Wal);
    server->stand(kWalVolume, Rung::Evict);
    CHECK(server->look().fence_bits == 0);
}

TEST_CASE("room_lost_to_segments_on_their_way_counts_on_the_wal_volume_only", "[act]") {
    for (const std::size_t volume : {kWalVolume, kDataVolume}) {
        auto server = std::make_unique<Server>();
        server->stand(volume, Rung::Fence);
        server->look();
        server->sample.verdicts[volume].usable_bytes -= 2 * kSegment;
        CHECK(server->look().fence_bits ==
              (volume == kWalVolume ? kFenceWriters : kFenceWriters | kFenceAll));
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

TEST_CASE("while_somebodys_fence_is_up_it_looks_often", "[act]") {
    auto server = std::make_unique<Server>();
    server->fence_by_hand = true;
    CHECK(server->look().next_look_us == kUnderFenceIntervalUs);
    server->settings.mode = GuardMode::Off;
    CHECK(server->look().next_look_us == kUnderFenceIntervalUs);
    server->settings.interval_us = kUnderFenceIntervalUs / 2;
    CHECK(server->look().next_look_us == kUnderFenceIntervalUs / 2);
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
