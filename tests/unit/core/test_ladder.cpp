#include <catch2/catch.hpp>

#include "core/forecast.hpp"
#include "core/ladder.hpp"

#include <random>

using namespace opsmon::core;

namespace {

constexpr TimeUs kSecond = kUsPerSecond;
constexpr TimeUs kMinute = 60 * kSecond;
constexpr Bytes kGiB = 1024 * kBytesPerMiB;
constexpr VolumeShape kLarge{100 * kGiB, 16 * kBytesPerMiB};

const Thresholds kDefaults = resolve({}, kLarge);

Bytes limit(Rung rung) {
    return kDefaults.free_bytes[static_cast<std::size_t>(rung)];
}

VolumeLook with_free(Bytes free) {
    return {true, free, std::nullopt, std::nullopt};
}

VolumeLook full_in(std::optional<TimeUs> fast, std::optional<TimeUs> slow) {
    return {true, kLarge.size_bytes, fast, slow};
}

// A ladder looked at second by second.
class Guard {
public:
    LadderStep look(const VolumeLook& at, TimeUs after = kSecond) {
        now_ += after;
        return step(state_, at, kDefaults, volume_, now_);
    }
    Rung rung() const { return state_.rung; }
    explicit Guard(VolumeKind volume = VolumeKind::Wal) : volume_(volume) {}

private:
    LadderState state_{};
    TimeUs now_ = kMinute;
    VolumeKind volume_;
};

Rung after_one_look(const VolumeLook& at, VolumeKind volume = VolumeKind::Wal) {
    Guard guard(volume);
    guard.look(at);
    return guard.rung();
}

} // namespace

TEST_CASE("a_roomy_quiet_volume_is_calm", "[ladder]") {
    CHECK(after_one_look(with_free(kLarge.size_bytes)) == Rung::Calm);
}

TEST_CASE("each_rung_is_entered_below_its_threshold_and_not_at_it", "[ladder]") {
    for (const Rung rung : {Rung::Watch, Rung::Relieve, Rung::Evict, Rung::Fence, Rung::Rescue}) {
        CAPTURE(row_of(rung).name);
        CHECK(after_one_look(with_free(limit(rung) - 1)) == rung);
        CHECK(after_one_look(with_free(limit(rung))) < rung);
    }
}

TEST_CASE("people_are_told_of_a_burst_and_of_a_trend", "[ladder]") {
    CHECK(after_one_look(full_in(3 * 60 * kMinute, std::nullopt)) == Rung::Watch);
    CHECK(after_one_look(full_in(std::nullopt, 3 * 60 * kMinute)) == Rung::Watch);
    CHECK(after_one_look(full_in(20 * kMinute, std::nullopt)) == Rung::Relieve);
    CHECK(after_one_look(full_in(5 * 60 * kMinute, std::nullopt)) == Rung::Calm);
}

TEST_CASE("a_burst_alone_never_takes_a_consumer", "[ladder]") {
    CHECK(after_one_look(full_in(1 * kSecond, std::nullopt)) == Rung::Relieve);
    CHECK(after_one_look(full_in(1 * kSecond, 60 * kMinute)) == Rung::Relieve);
    CHECK(after_one_look(full_in(1 * kSecond, 4 * kMinute)) == Rung::Evict);
}

TEST_CASE("no_forecast_reaches_the_fence", "[ladder]") {
    CHECK(after_one_look(full_in(0, 0)) == Rung::Evict);
}

TEST_CASE("a_data_volume_has_no_consumers_to_take", "[ladder]") {
    CHECK(after_one_look(with_free(limit(Rung::Relieve) - 1), VolumeKind::Data) == Rung::Watch);
    CHECK(after_one_look(with_free(limit(Rung::Evict) - 1), VolumeKind::Data) == Rung::Watch);
    CHECK(after_one_look(with_free(limit(Rung::Fence) - 1), VolumeKind::Data) == Rung::Fence);
    CHECK(after_one_look(full_in(0, 0), VolumeKind::Data) == Rung::Watch);
}

TEST_CASE("facts_that_are_not_fresh_move_nothing", "[ladder]") {
    Guard guard;
    VolumeLook stale = with_free(0);
    stale.fresh = false;
    CHECK(guard.look(stale).to == Rung::Calm);
    guard.look(with_free(limit(Rung::Fence) - 1));
    VolumeLook roomy = with_free(kLarge.size_bytes);
    roomy.fresh = false;
    for (int i = 0; i < 100; ++i) {
        CHECK(guard.look(roomy).to == Rung::Fence);
    }
}

TEST_CASE("a_rung_is_left_only_with_margin_twice_in_a_row_and_for_a_while", "[ladder]") {
    Guard guard;
    guard.look(with_free(limit(Rung::Watch) - 1));
    for (int i = 0; i < 60; ++i) { // above the threshold, below half as much again
        CHECK(guard.look(with_free(limit(Rung::Watch) * 3 / 2 - 1)).to == Rung::Watch);
    }
    for (int i = 0; i < 10; ++i) {
        CHECK(guard.look(with_free(limit(Rung::Watch) * 3 / 2)).to == Rung::Watch);
    }
    const LadderStep left = guard.look(with_free(limit(Rung::Watch) * 3 / 2));
    CHECK(left.to == Rung::Calm);
    CHECK(left.trigger == Trigger::Recovered);
}

TEST_CASE("one_bad_look_begins_the_wait_anew", "[ladder]") {
    Guard guard;
    guard.look(with_free(limit(Rung::Watch) - 1));
    for (int i = 0; i < 9; ++i) {
        guard.look(with_free(kLarge.size_bytes));
    }
    guard.look(with_free(limit(Rung::Watch)));
    for (int i = 0; i < 10; ++i) {
        CHECK(guard.look(with_free(kLarge.size_bytes)).to == Rung::Watch);
    }
    CHECK(guard.look(with_free(kLarge.size_bytes)).to == Rung::Calm);
}

TEST_CASE("two_looks_far_apart_are_two_looks", "[ladder]") {
    Guard guard;
    guard.look(with_free(limit(Rung::Watch) - 1));
    CHECK(guard.look(with_free(kLarge.size_bytes), 60 * kMinute).to == Rung::Watch);
    CHECK(guard.look(with_free(kLarge.size_bytes), 60 * kMinute).to == Rung::Calm);
}

TEST_CASE("a_fence_ends_soon_after_there_is_room", "[ladder]") {
    Guard guard;
    guard.look(with_free(limit(Rung::Fence) - 1));
    guard.look(with_free(limit(Rung::Evict) - 1), kSecond / 2);
    CHECK(guard.rung() == Rung::Fence);
    guard.look(with_free(limit(Rung::Evict) - 1), kSecond);
    CHECK(guard.rung() == Rung::Evict);
}

TEST_CASE("steps_say_what_made_them", "[ladder]") {
    Guard guard;
    const LadderStep up = guard.look(with_free(limit(Rung::Evict) - 1));
    CHECK(up.from == Rung::Calm);
    CHECK(up.to == Rung::Evict);
    CHECK(up.trigger == Trigger::FreeBytes);
    CHECK(Guard().look(full_in(kMinute, kMinute)).trigger == Trigger::Forecast);
    CHECK(Guard().look(with_free(kLarge.size_bytes)).trigger == Trigger::None);
}

TEST_CASE("steps_say_what_the_facts_of_this_look_alone_demand", "[ladder]") {
    Guard guard;
    CHECK(guard.look(with_free(limit(Rung::Evict) - 1)).demanded == Rung::Evict);
    // Above the threshold, but without the margin that lets it go down.
    CHECK(guard.look(with_free(limit(Rung::Evict))).demanded == Rung::Relieve);
    CHECK(guard.rung() == Rung::Evict);
    CHECK(guard.look(with_free(kLarge.size_bytes)).demanded == Rung::Calm);
    CHECK(guard.rung() == Rung::Evict);
    VolumeLook stale = with_free(0);
    stale.fresh = false;
    CHECK(guard.look(stale).demanded == Rung::Calm);
    Guard other;
    other.look(with_free(limit(Rung::Evict) - 1));
    LadderStep down{};
    do {
        down = other.look(with_free(limit(Rung::Watch) - 1)); // less than with its margin
    } while (down.to == Rung::Evict);
    CHECK(down.to == Rung::Watch);
    CHECK(down.demanded == Rung::Watch);
    do {
        down = other.look(with_free(limit(Rung::Watch) * 3 / 2));
    } while (down.to == Rung::Watch);
    CHECK(down.demanded == Rung::Calm);
}

TEST_CASE("a_rung_is_entered_on_facts_that_demand_it_and_held_above_them", "[ladder]") {
    std::mt19937_64 random(13);
    LadderState state{};
    TimeUs now = 0;
    for (int i = 0; i < 20'000; ++i) {
        now += static_cast<TimeUs>(random() % (3 * kSecond));
        VolumeLook look = with_free(random() % (40 * kGiB));
        look.fresh = random() % 10 != 0;
        const LadderStep taken = step(state, look, kDefaults, VolumeKind::Wal, now);
        REQUIRE(taken.demanded <= taken.to);
        REQUIRE((taken.to <= taken.from || taken.demanded == taken.to));
        LadderState none{};
        REQUIRE((!look.fresh ||
                 taken.demanded == step(none, look, kDefaults, VolumeKind::Wal, now).to));
    }
}

TEST_CASE("defaults_are_shares_of_a_large_volume", "[ladder]") {
    CHECK(limit(Rung::Watch) == Approx(25.0 * kGiB).epsilon(0.001));
    CHECK(limit(Rung::Relieve) == Approx(15.0 * kGiB).epsilon(0.001));
    CHECK(limit(Rung::Evict) == Approx(8.0 * kGiB).epsilon(0.001));
    CHECK(limit(Rung::Fence) == Approx(2.0 * kGiB).epsilon(0.001));
}

TEST_CASE("defaults_are_in_order_on_any_volume", "[ladder]") {
    for (const Bytes segment : {1 * kBytesPerMiB, 16 * kBytesPerMiB, 64 * kBytesPerMiB, kGiB}) {
        for (Bytes size = 64 * kBytesPerMiB; size < (1ULL << 50); size *= 3) {
            CAPTURE(size, segment);
            const Thresholds thresholds = resolve({}, {size, segment});
            CHECK_FALSE(misordered(thresholds).has_value());
            CHECK(thresholds.free_bytes[static_cast<std::size_t>(Rung::Fence)] >=
                  least_fence_bytes(segment));
        }
    }
}

TEST_CASE("a_fence_of_less_than_two_segments_is_not_to_be_had", "[ladder]") {
    Thresholds wanted{};
    wanted.free_bytes[static_cast<std::size_t>(Rung::Fence)] = 1;
    CHECK(resolve(wanted, kLarge).free_bytes[static_cast<std::size_t>(Rung::Fence)] ==
          32 * kBytesPerMiB);
}

TEST_CASE("thresholds_in_an_impossible_order_are_found", "[ladder]") {
    Thresholds wanted{};
    wanted.free_bytes[static_cast<std::size_t>(Rung::Evict)] = kGiB; // the fence's default is more
    CHECK(misordered(resolve(wanted, kLarge)) == Rung::Evict);
    wanted = {};
    wanted.free_bytes[static_cast<std::size_t>(Rung::Watch)] = 1 * kGiB;
    CHECK(misordered(resolve(wanted, kLarge)) == Rung::Watch);
}

TEST_CASE("defaults_make_room_for_a_threshold_that_was_set", "[ladder]") {
    Thresholds wanted{};
    wanted.free_bytes[static_cast<std::size_t>(Rung::Evict)] = 50 * kGiB;
    CHECK_FALSE(misordered(resolve(wanted, kLarge)).has_value());
}

// Everything at once: whatever the facts do, the ladder keeps its promises.
TEST_CASE("the_ladder_keeps_its_promises_over_any_facts", "[ladder]") {
    std::mt19937_64 random(3);
    for (int round = 0; round < 300; ++round) {
        const auto volume = static_cast<VolumeKind>(random() % 3);
        LadderState state{};
        LadderState twin{};
        TimeUs now = 0;
        TimeUs last_change = -kMinute;
        for (int i = 0; i < 400; ++i) {
            now += static_cast<TimeUs>(random() % (3 * kSecond));
            VolumeLook look = with_free(random() % (40 * kGiB));
            look.fresh = random() % 10 != 0;
            if (random() % 2 == 0) {
                look.full_in_fast = random() % (8 * 60 * kMinute);
            }
            if (random() % 2 == 0) {
                look.full_in_slow = random() % (8 * 60 * kMinute);
            }
            const LadderStep taken = step(state, look, kDefaults, volume, now);
            const LadderStep same = step(twin, look, kDefaults, volume, now);
            REQUIRE((taken.to == same.to && taken.trigger == same.trigger)); // same in, same out
            REQUIRE(taken.to == state.rung);
            REQUIRE((look.fresh || taken.to == taken.from)); // stale facts move nothing
            REQUIRE(
                (volume == VolumeKind::Wal || row_of(taken.to).volumes != RungVolumes::WalOnly));
            REQUIRE((volume != VolumeKind::Tablespace || taken.to <= Rung::Watch));
            REQUIRE((taken.trigger == Trigger::None) == (taken.from == taken.to));
            if (taken.to > taken.from) { // never higher than the facts demand
                const std::size_t rung = static_cast<std::size_t>(taken.to);
                REQUIRE((taken.trigger == Trigger::Forecast ||
                         look.free_bytes < kDefaults.free_bytes[rung]));
                REQUIRE((taken.trigger != Trigger::Forecast || taken.to <= Rung::Evict));
            }
            if (look.fresh && look.free_bytes < limit(Rung::Fence) &&
                volume != VolumeKind::Tablespace) { // never too low
                REQUIRE(state.rung >= Rung::Fence);
            }
            if (taken.to < taken.from) { // never down in a hurry
                REQUIRE(now - last_change >= row_of(taken.from).hold_us);
            }
            if (taken.to != taken.from) {
                last_change = now;
            }
        }
    }
}
