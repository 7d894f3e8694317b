#include <catch2/catch.hpp>

#include "core/ballast_plan.hpp"

using namespace opsmon::core;

namespace {

constexpr Bytes kMiB = kBytesPerMiB;
constexpr Bytes kGiB = 1024 * kMiB;
constexpr Bytes kSegment = 16 * kMiB;
constexpr TimeUs kSecond = kUsPerSecond;

// A calm volume of 100 GB, half empty, on which a ballast is wanted.
BallastLook roomy() {
    BallastLook look{};
    look.wanted = true;
    look.fresh = true;
    look.rung = Rung::Calm;
    look.volume_bytes = 100 * kGiB;
    look.segment_bytes = kSegment;
    look.usable_bytes = 50 * kGiB;
    look.free_bytes = 50 * kGiB;
    look.thresholds.free_bytes[static_cast<std::size_t>(Rung::Watch)] = 25 * kGiB;
    look.thresholds.free_bytes[static_cast<std::size_t>(Rung::Fence)] = 2 * kGiB;
    return look;
}

BallastPlan plan_of(const BallastLook& look, TimeUs steady_us = 0) {
    BallastState state{};
    return plan(state, look, steady_us);
}

bool is(const BallastPlan& plan, BallastStep step, BallastWait wait = BallastWait::None) {
    return plan.step == step && plan.wait == wait;
}

} // namespace

TEST_CASE("is_sized_to_the_volume_within_bounds") {
    CHECK(wanted_ballast(std::nullopt, 100 * kGiB, kSegment) == 1024 * kMiB);
    CHECK(wanted_ballast(std::nullopt, 1000 * kGiB, kSegment) == 1024 * kMiB);
    CHECK(wanted_ballast(std::nullopt, 20'000 * kMiB, kSegment) == 200 * kMiB);
    CHECK(wanted_ballast(std::nullopt, 512 * kMiB, kSegment) == 64 * kMiB);
    CHECK(wanted_ballast(std::nullopt, 0, kSegment) == 64 * kMiB);
}

TEST_CASE("is_as_large_as_asked_for") {
    CHECK(wanted_ballast(300 * kMiB, 100 * kGiB, kSegment) == 300 * kMiB);
    CHECK(wanted_ballast(4 * kGiB, 100 * kGiB, kSegment) == 4 * kGiB);
}

TEST_CASE("is_never_less_than_four_segments") {
    CHECK(wanted_ballast(std::nullopt, 512 * kMiB, 64 * kMiB) == 256 * kMiB);
    CHECK(wanted_ballast(64 * kMiB, 100 * kGiB, 1024 * kMiB) == 4 * kGiB);
    CHECK(wanted_ballast(64 * kMiB, 100 * kGiB, 1 * kMiB) == 64 * kMiB);
}

TEST_CASE("is_whole_megabytes") {
    for (Bytes volume = 6 * kGiB; volume < 200 * kGiB; volume += 777'777'777) {
        CHECK(wanted_ballast(std::nullopt, volume, kSegment) % kMiB == 0);
    }
}

TEST_CASE("is_built_at_once_where_there_is_room_and_calm") {
    const BallastPlan plan = plan_of(roomy());
    CHECK(is(plan, BallastStep::Build));
    CHECK(plan.bytes == kGiB);
}

TEST_CASE("is_not_built_where_none_is_wanted") {
    BallastLook look = roomy();
    look.wanted = false;
    CHECK(is(plan_of(look), BallastStep::None));
}

TEST_CASE("is_removed_when_it_is_no_longer_wanted_and_there_is_room") {
    for (std::size_t rung = 0; rung < kRungs; ++rung) {
        BallastLook look = roomy();
        look.wanted = false;
        look.present = kGiB;
        look.rung = static_cast<Rung>(rung);
        CHECK(is(plan_of(look), BallastStep::Remove));
    }
}

TEST_CASE("is_not_given_up_for_a_setting_while_room_is_short") {
    BallastLook look = roomy();
    look.wanted = false;
    look.present = kGiB;
    look.usable_bytes = look.thresholds.free_bytes[static_cast<std::size_t>(Rung::Watch)];
    CHECK(is(plan_of(look), BallastStep::None));
    look = roomy();
    look.wanted = false;
    look.present = kGiB;
    look.fresh = false;
    CHECK(is(plan_of(look), BallastStep::None));
}

TEST_CASE("stays_when_nothing_is_known_of_the_volume") {
    BallastLook look = roomy();
    look.fresh = false;
    look.present = 64 * kMiB;
    CHECK(is(plan_of(look), BallastStep::None));
    look.present.reset();
    CHECK(is(plan_of(look), BallastStep::None, BallastWait::NotCalm));
}

TEST_CASE("is_built_on_no_rung_but_calm") {
    for (std::size_t rung = 1; rung < kRungs; ++rung) {
        BallastLook look = roomy();
        look.rung = static_cast<Rung>(rung);
        CHECK(is(plan_of(look), BallastStep::None, BallastWait::NotCalm));
    }
}

TEST_CASE("is_never_so_large_that_it_alarms_anybody") {
    BallastLook look = roomy();
    const Bytes limit = 25 * kGiB * 3 / 2 + kGiB;
    look.usable_bytes = limit;
    CHECK(is(plan_of(look), BallastStep::None, BallastWait::NoRoom));
    look.usable_bytes = limit + 1;
    CHECK(is(plan_of(look), BallastStep::Build));
}

TEST_CASE("does_not_take_the_last_free_blocks_where_most_room_is_recycled_segments") {
    BallastLook look = roomy();
    look.free_bytes = 3 * kGiB;
    CHECK(is(plan_of(look), BallastStep::None, BallastWait::NoRoom));
    look.free_bytes = 3 * kGiB + 1;
    CHECK(is(plan_of(look), BallastStep::Build));
}

TEST_CASE("one_that_was_released_comes_back_after_a_minute_of_calm") {
    BallastLook look = roomy();
    look.released_before = true;
    BallastState state{};
    const TimeUs start = 1000 * kSecond;
    CHECK(is(plan(state, look, start), BallastStep::None, BallastWait::CalmTooShort));
    CHECK(is(plan(state, look, start + 60 * kSecond - 1), BallastStep::None,
             BallastWait::CalmTooShort));
    CHECK(is(plan(state, look, start + 60 * kSecond), BallastStep::Build));
}

TEST_CASE("a_minute_of_calm_is_counted_anew_after_each_alarm") {
    for (const bool by_rung : {false, true}) {
        BallastLook look = roomy();
        look.released_before = true;
        BallastState state{};
        (void)plan(state, look, 0);
        BallastLook worse = look;
        if (by_rung) {
            worse.rung = Rung::Watch;
        } else {
            worse.fresh = false;
        }
        CHECK(is(plan(state, worse, 30 * kSecond), BallastStep::None, BallastWait::NotCalm));
        CHECK(is(plan(state, look, 31 * kSecond), BallastStep::None, BallastWait::CalmTooShort));
        CHECK(is(plan(state, look, 61 * kSecond), BallastStep::None, BallastWait::CalmTooShort));
        CHECK(is(plan(state, look, 91 * kSecond), BallastStep::Build));
    }
}

TEST_CASE("one_that_went_without_a_word_counts_as_released") {
    BallastLook look = roomy();
    BallastState state{};
    look.present = kGiB;
    CHECK(is(plan(state, look, 0), BallastStep::None));
    look.present.reset();
    CHECK(is(plan(state, look, kSecond), BallastStep::None, BallastWait::CalmTooShort));
    CHECK(is(plan(state, look, 60 * kSecond), BallastStep::Build));
    built(state);
    look.present = kGiB;
    CHECK(is(plan(state, look, 61 * kSecond), BallastStep::None));
}

TEST_CASE("one_that_was_removed_on_purpose_can_be_built_at_once") {
    BallastLook look = roomy();
    BallastState state{};
    look.present = kGiB;
    look.wanted = false;
    CHECK(is(plan(state, look, 0), BallastStep::Remove));
    removed(state);
    look.present.reset();
    look.wanted = true;
    CHECK(is(plan(state, look, kSecond), BallastStep::Build));
}

TEST_CASE("is_not_tried_again_for_a_minute_after_a_failure") {
    BallastLook look = roomy();
    BallastState state{};
    CHECK(is(plan(state, look, 0), BallastStep::Build));
    failed(state, 0);
    CHECK(is(plan(state, look, 59 * kSecond), BallastStep::None, BallastWait::FailedBefore));
    CHECK(is(plan(state, look, 60 * kSecond), BallastStep::Build));
}

TEST_CASE("is_rebuilt_when_another_size_is_asked_for") {
    BallastLook look = roomy();
    look.present = 128 * kMiB;
    look.asked = 128 * kMiB;
    CHECK(is(plan_of(look), BallastStep::None));
    look.asked = 129 * kMiB;
    const BallastPlan plan = plan_of(look);
    CHECK(is(plan, BallastStep::Rebuild));
    CHECK(plan.bytes == 129 * kMiB);
}

TEST_CASE("one_of_another_size_is_kept_while_a_new_one_cannot_be_built") {
    BallastLook look = roomy();
    look.present = 128 * kMiB;
    look.asked = 256 * kMiB;
    look.rung = Rung::Watch;
    CHECK(is(plan_of(look), BallastStep::None));
    look.rung = Rung::Calm;
    look.usable_bytes = 30 * kGiB;
    CHECK(is(plan_of(look), BallastStep::None));
}

TEST_CASE("what_the_old_one_gives_back_counts_as_room_for_the_new_one") {
    BallastLook look = roomy();
    look.present = 4 * kGiB;
    look.asked = 2 * kGiB;
    look.usable_bytes = 25 * kGiB * 3 / 2;
    CHECK(is(plan_of(look), BallastStep::Rebuild));
}

TEST_CASE("a_volume_that_grows_a_little_is_no_reason_to_write_it_again") {
    BallastLook look = roomy();
    look.volume_bytes = 40'000 * kMiB; // asks for 400 MB
    for (const Bytes present : {300 * kMiB, 400 * kMiB, 500 * kMiB}) {
        look.present = present;
        CHECK(is(plan_of(look), BallastStep::None));
    }
    for (const Bytes present : {299 * kMiB, 501 * kMiB}) {
        look.present = present;
        CHECK(is(plan_of(look), BallastStep::Rebuild));
    }
}

// Whatever the state and the look: nothing is built unless everything speaks for it.
TEST_CASE("is_built_only_when_wanted_fresh_calm_and_with_room") {
    for (unsigned bits = 0; bits < 64; ++bits) {
        for (std::size_t rung = 0; rung < kRungs; ++rung) {
            BallastLook look = roomy();
            look.wanted = (bits & 1) != 0;
            look.fresh = (bits & 2) != 0;
            look.usable_bytes = (bits & 4) != 0 ? 50 * kGiB : 38 * kGiB;
            look.free_bytes = (bits & 8) != 0 ? 50 * kGiB : 2 * kGiB;
            look.released_before = (bits & 16) != 0;
            if ((bits & 32) != 0) {
                look.present = 64 * kMiB;
            }
            look.rung = static_cast<Rung>(rung);
            const BallastPlan plan = plan_of(look);
            const bool room =
                look.present.value_or(0) + look.free_bytes > 3 * kGiB &&
                look.present.value_or(0) + look.usable_bytes > 25 * kGiB * 3 / 2 + kGiB;
            const bool builds =
                plan.step == BallastStep::Build || plan.step == BallastStep::Rebuild;
            CHECK(builds ==
                  (look.wanted && look.fresh && rung == 0 && room && !look.released_before));
            CHECK((plan.step == BallastStep::Remove) ==
                  (!look.wanted && look.present && look.fresh &&
                   look.usable_bytes > 25 * kGiB * 3 / 2));
            CHECK((plan.step == BallastStep::Rebuild) == (builds && look.present.has_value()));
            CHECK((builds || plan.bytes == 0));
        }
    }
}

TEST_CASE("every_reason_to_wait_has_words") {
    for (const BallastWait wait : {BallastWait::NotCalm, BallastWait::CalmTooShort,
                                   BallastWait::NoRoom, BallastWait::FailedBefore}) {
        CHECK(std::string(name_of(wait)).size() > 10);
    }
    CHECK(std::string(name_of(BallastWait::None)).empty());
}
