#include <catch2/catch.hpp>

#include "core/fence.hpp"

#include <algorithm>
#include <random>

using namespace opsmon::core;

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;
constexpr TimeUs kSecond = kUsPerSecond;

// A fence looked at again and again.
class Fence {
public:
    Fence& wanted(bool wanted) {
        look_.wanted = wanted;
        return *this;
    }
    Fence& write(Bytes bytes) {
        look_.current_lsn += bytes;
        return *this;
    }
    Fence& lose(Bytes bytes) {
        look_.usable_bytes -= bytes;
        return *this;
    }
    Fence& gain(Bytes bytes) {
        look_.usable_bytes += bytes;
        return *this;
    }
    Fence& on_the_last_rung(bool is) {
        look_.is_last_rung = is;
        return *this;
    }
    Fence& at_lsn(Lsn lsn) {
        look_.current_lsn = lsn;
        return *this;
    }
    void on_data_volume() { look_.is_wal_volume = false; }
    FenceChange look(TimeUs after = kSecond) {
        now_ += after;
        return step(state_, look_, now_);
    }
    const FenceState& state() const { return state_; }
    std::uint32_t bits() const { return bits_of(state_); }
    TimeUs now() const { return now_; }

private:
    FenceState state_{};
    FenceLook look_{true, 1000 * kSegment, 100 * kSegment, kSegment, true, false};
    TimeUs now_ = 1000 * kSecond;
};

Fence raised() {
    Fence fence;
    REQUIRE(fence.look() == FenceChange::Raised);
    return fence;
}

Fence widened() {
    Fence fence = raised();
    REQUIRE(fence.write(2 * kSegment).look() == FenceChange::Widened);
    return fence;
}

Fence strengthened() {
    Fence fence = widened();
    REQUIRE(fence.write(2 * kSegment).look() == FenceChange::Strengthened);
    return fence;
}

} // namespace

TEST_CASE("a_fence_nobody_wants_stays_down", "[fence]") {
    Fence fence;
    fence.wanted(false);
    for (int i = 0; i < 10; ++i) {
        CHECK(fence.write(100 * kSegment).look() == FenceChange::None);
    }
    CHECK(fence.bits() == 0);
}

TEST_CASE("goes_up_at_once_and_stops_writers_only", "[fence]") {
    Fence fence;
    CHECK(fence.look() == FenceChange::Raised);
    CHECK(fence.bits() == kFenceWriters);
    CHECK(fence.state().since == fence.now());
    CHECK(fence.look() == FenceChange::None);
}

TEST_CASE("comes_down_with_its_reason_and_leaves_nothing_behind", "[fence]") {
    Fence fence = raised();
    fence.write(2 * kSegment).look();
    CHECK(fence.wanted(false).look() == FenceChange::Lifted);
    CHECK(fence.bits() == 0);
    CHECK(fence.look() == FenceChange::None);
    CHECK(fence.write(50 * kSegment).wanted(true).look() == FenceChange::Raised);
    CHECK(fence.bits() == kFenceWriters); // counted anew from here
    CHECK(fence.state().since == fence.now());
}

TEST_CASE("widens_when_more_than_a_segment_is_written_under_it", "[fence]") {
    Fence fence = raised();
    CHECK(fence.write(kSegment).look() == FenceChange::None);
    CHECK(fence.write(1).look() == FenceChange::Widened);
    CHECK(fence.bits() == (kFenceWriters | kFenceAll));
}

TEST_CASE("segments_that_are_still_made_under_a_fence_widen_nothing", "[fence]") {
    Fence fence = raised();
    for (int i = 0; i < 3; ++i) {
        CHECK(fence.lose(kSegment).look() == FenceChange::None);
    }
    CHECK(fence.bits() == kFenceWriters);
    CHECK(fence.lose(1).look() == FenceChange::Widened);
}

TEST_CASE("on_the_data_volume_no_segments_are_made", "[fence]") {
    Fence fence;
    fence.on_data_volume();
    REQUIRE(fence.look() == FenceChange::Raised);
    CHECK(fence.lose(kSegment).look() == FenceChange::None);
    CHECK(fence.lose(1).look() == FenceChange::Widened);
}

TEST_CASE("widens_once_and_stays_wide_until_it_comes_down", "[fence]") {
    Fence fence = raised();
    REQUIRE(fence.write(2 * kSegment).look() == FenceChange::Widened);
    for (int i = 0; i < 200; ++i) {
        CHECK(fence.look() == FenceChange::None);
        CHECK(fence.bits() == (kFenceWriters | kFenceAll));
    }
    CHECK(fence.wanted(false).look() == FenceChange::Lifted);
    CHECK(fence.bits() == 0);
}

TEST_CASE("stops_the_exempt_when_it_grows_again_after_it_was_widened", "[fence]") {
    for (const bool by_room : {false, true}) {
        Fence fence = widened();
        const auto grow = [&](Bytes segments) {
            by_room ? fence.lose(3 * segments) : fence.write(segments);
        };
        grow(kSegment); // counted from the moment it was widened
        CHECK(fence.look() == FenceChange::None);
        grow(1);
        CHECK(fence.look() == FenceChange::Strengthened);
        CHECK(fence.bits() == (kFenceWriters | kFenceAll | kFenceExempt));
    }
}

TEST_CASE("lets_the_exempt_alone_again_after_ten_quiet_seconds", "[fence]") {
    Fence fence = strengthened();
    CHECK(fence.look(10 * kSecond - 1) == FenceChange::None);
    CHECK(fence.bits() == (kFenceWriters | kFenceAll | kFenceExempt));
    CHECK(fence.look(1) == FenceChange::None);
    CHECK(fence.bits() == (kFenceWriters | kFenceAll));
}

TEST_CASE("growth_puts_off_the_quiet_and_a_trickle_does_not", "[fence]") {
    Fence fence = strengthened();
    for (int i = 0; i < 20; ++i) { // each time just before it would be over
        fence.write(kSegment / 6 + 1).look(9 * kSecond);
        REQUIRE((fence.bits() & kFenceExempt) != 0);
    }
    for (int i = 0; i < 10; ++i) {
        fence.write(kSegment / 61).look();
    }
    CHECK((fence.bits() & kFenceExempt) == 0);
}

TEST_CASE("the_exempt_can_be_stopped_again_and_are_free_with_the_fence", "[fence]") {
    Fence fence = strengthened();
    fence.look(10 * kSecond);
    REQUIRE((fence.bits() & kFenceExempt) == 0);
    CHECK(fence.write(kSegment).look() == FenceChange::None);
    CHECK(fence.write(1).look() == FenceChange::Strengthened);
    CHECK(fence.wanted(false).look() == FenceChange::Lifted);
    CHECK(fence.bits() == 0);
    CHECK(fence.wanted(true).look() == FenceChange::Raised);
    CHECK(fence.bits() == kFenceWriters);
}

TEST_CASE("a_fence_found_up_counts_from_the_first_look", "[fence]") {
    FenceState found{}; // by a guard that was restarted
    found.up = found.all = found.exempt = true;
    const FenceLook look{true, 1000 * kSegment, 100 * kSegment, kSegment, true, false};
    CHECK(step(found, look, 1000 * kSecond) == FenceChange::None);
    CHECK(bits_of(found) == (kFenceWriters | kFenceAll | kFenceExempt));
    CHECK(step(found, look, 1010 * kSecond) == FenceChange::None);
    CHECK(bits_of(found) == (kFenceWriters | kFenceAll));
}

TEST_CASE("a_trickle_never_widens", "[fence]") {
    Fence fence = raised();
    for (int i = 0; i < 3600; ++i) {
        REQUIRE(fence.write(kSegment / 61).look() == FenceChange::None);
    }
    CHECK(fence.bits() == kFenceWriters);
}

TEST_CASE("a_segment_in_each_minute_never_widens", "[fence]") {
    Fence fence = raised();
    for (int minute = 0; minute < 60; ++minute) {
        REQUIRE(fence.write(kSegment).look(60 * kSecond) == FenceChange::None);
    }
}

TEST_CASE("a_quiet_hour_is_no_credit_for_a_burst", "[fence]") {
    Fence fence = raised();
    for (int i = 0; i < 3600; ++i) {
        fence.look();
    }
    CHECK(fence.write(kSegment + 1).look() == FenceChange::Widened);
}

TEST_CASE("a_guard_that_was_away_for_long_still_counts_by_the_minute", "[fence]") {
    Fence fence = raised();
    CHECK(fence.write(10 * kSegment).look(600 * kSecond) == FenceChange::None);
    CHECK(fence.write(10 * kSegment + 1).look(600 * kSecond) == FenceChange::Widened);
}

TEST_CASE("room_that_is_gained_widens_nothing", "[fence]") {
    Fence fence = raised();
    CHECK(fence.gain(50 * kSegment).look() == FenceChange::None);
    CHECK(fence.lose(50 * kSegment).look() == FenceChange::None); // no less than there was
}

TEST_CASE("a_position_that_was_not_known_is_none_to_count_from", "[fence]") {
    Fence fence;
    CHECK(fence.at_lsn(kUnknownLsn).look() == FenceChange::Raised);
    CHECK(fence.at_lsn(5000 * kSegment).look() == FenceChange::None);
    CHECK(fence.at_lsn(kUnknownLsn).look() == FenceChange::None);
    CHECK(fence.at_lsn(5000 * kSegment).look() == FenceChange::None);
    CHECK(fence.write(kSegment + 1).look() == FenceChange::Widened);
}

TEST_CASE("a_position_that_went_back_is_counted_from_there", "[fence]") {
    Fence fence = raised();
    CHECK(fence.at_lsn(10 * kSegment).look() == FenceChange::None);
    CHECK(fence.write(kSegment + 1).look() == FenceChange::Widened);
}

TEST_CASE("the_guard_never_sets_or_clears_the_bit_of_people", "[fence]") {
    for (int flags = 0; flags < 8; ++flags) {
        FenceState state{};
        state.up = (flags & 1) != 0;
        state.all = (flags & 2) != 0;
        state.exempt = (flags & 4) != 0;
        const std::uint32_t expected = (state.up ? kFenceWriters : 0) |
                                       (state.up && state.all ? kFenceAll : 0) |
                                       (state.up && state.exempt ? kFenceExempt : 0);
        CHECK(bits_of(state) == expected);
    }
}

// Everything at once: whatever happens under it, the fence keeps its promises.
TEST_CASE("the_fence_keeps_its_promises_over_any_looks", "[fence]") {
    std::mt19937_64 random(11);
    for (int round = 0; round < 500; ++round) {
        FenceState state{};
        FenceState twin{};
        FenceLook look{false, 1000 * kSegment, 10'000 * kSegment, kSegment, round % 2 == 0, false};
        TimeUs now = kSecond;
        Lsn lsn_then = 0;
        Bytes most_usable = 0;
        for (int i = 0; i < 300; ++i) {
            const FenceState before = state;
            now += static_cast<TimeUs>(random() % (2 * kSecond));
            look.wanted = random() % 50 == 0 ? !look.wanted : look.wanted;
            look.current_lsn += random() % 20 == 0 ? random() % kSegment : 0;
            look.usable_bytes -= random() % 20 == 0 ? random() % (3 * kSegment) : 0;
            look.usable_bytes += random() % 20 == 0 ? random() % kSegment : 0;
            const FenceChange change = step(state, look, now);
            REQUIRE(change == step(twin, look, now)); // same in, same out
            REQUIRE(state.up == look.wanted);
            REQUIRE((change == FenceChange::Raised) == (!before.up && look.wanted));
            REQUIRE((change == FenceChange::Lifted) == (before.up && !look.wanted));
            REQUIRE((change == FenceChange::Widened) == (!before.all && state.all));
            REQUIRE((change == FenceChange::Strengthened) == (!before.exempt && state.exempt));
            REQUIRE((!state.all || state.up));
            REQUIRE((!state.exempt || state.all));
            most_usable = std::max(most_usable, look.usable_bytes);
            if (change == FenceChange::Widened || change == FenceChange::Strengthened) {
                REQUIRE(
                    (look.current_lsn - lsn_then > kSegment || // never without growth
                     most_usable - look.usable_bytes > (look.is_wal_volume ? 3 : 1) * kSegment));
            }
            if (change != FenceChange::None) {
                lsn_then = look.current_lsn;
                most_usable = look.usable_bytes;
            }
        }
    }
}

TEST_CASE("on_the_last_rung_it_widens_without_waiting_for_growth", "[fence]") {
    Fence fence = raised();
    CHECK(fence.on_the_last_rung(true).look() == FenceChange::Widened);
    CHECK(fence.look() == FenceChange::None); // the exempt are stopped for growth only
    CHECK(fence.bits() == (kFenceWriters | kFenceAll));
}
