#include <catch2/catch.hpp>

#include "core/pace.hpp"

#include <random>

using namespace opsmon::core;

namespace {

constexpr Bytes kSegment = 16 * kBytesPerMiB;
constexpr Bytes kGiB = 1024 * kBytesPerMiB;
constexpr TimeUs kSecond = kUsPerSecond;
constexpr TimeUs kMs = 1000;
constexpr Bytes kFourSegments = 4 * kSegment;

// A guard that looks as planned, or late, while WAL is written.
class Guard {
public:
    explicit Guard(TimeUs planned = 10 * kMs) : planned_(planned) { look(0, 0); }

    void look(TimeUs late, Bytes written) {
        now_ += planned_ + late;
        lsn_ += written;
        observe(reaction_, lsn_, now_, planned_);
    }
    void set_lsn(Lsn lsn) { lsn_ = lsn; }
    void set_clock(TimeUs now) { now_ = now; }
    Bytes needs() const { return fence_needs(reaction_, kSegment); }

private:
    Reaction reaction_{};
    TimeUs planned_;
    TimeUs now_ = 1000 * kSecond;
    Lsn lsn_ = kGiB;
};

} // namespace

TEST_CASE("looks_again_before_the_fastest_writer_can_reach_the_threshold", "[pace]") {
    std::mt19937_64 random(5);
    for (int round = 0; round < 10'000; ++round) {
        const Bytes threshold = random() % (10 * kGiB);
        const Bytes room = random() % (8 * kGiB);
        const TimeUs wait = next_look(threshold + room, threshold, kSecond);
        REQUIRE(wait >= kLeastIntervalUs);
        REQUIRE(wait <= kSecond);
        const double written =
            static_cast<double>(wait) / kSecond * static_cast<double>(kFastestWriterBytesPerSecond);
        REQUIRE((wait == kLeastIntervalUs || written <= static_cast<double>(room)));
    }
}

TEST_CASE("at_rest_looks_once_an_interval", "[pace]") {
    CHECK(next_look(100 * kGiB, kGiB, kSecond) == kSecond);
    CHECK(next_look(UINT64_MAX, 0, kSecond) == kSecond);
    CHECK(next_look(UINT64_MAX, 0, INT64_MAX) < INT64_MAX);
}

TEST_CASE("at_and_below_the_threshold_looks_as_often_as_it_can", "[pace]") {
    CHECK(next_look(kGiB, kGiB, kSecond) == kLeastIntervalUs);
    CHECK(next_look(0, kGiB, kSecond) == kLeastIntervalUs);
    CHECK(next_look(kGiB + 1, kGiB, kSecond) == kLeastIntervalUs);
}

TEST_CASE("the_nearer_the_sooner", "[pace]") {
    TimeUs before = 0;
    for (Bytes usable = 0; usable < 6 * kGiB; usable += 10 * kBytesPerMiB) {
        const TimeUs wait = next_look(usable, kGiB, kSecond);
        REQUIRE(wait >= before);
        before = wait;
    }
    CHECK(before == kSecond);
    const TimeUs half = next_look(3 * kGiB, kGiB, kSecond);
    CHECK(half == Approx(kSecond / 2).epsilon(0.01));
}

TEST_CASE("an_interval_shorter_than_the_least_is_honoured", "[pace]") {
    CHECK(next_look(100 * kGiB, kGiB, kMs) == kMs);
    CHECK(next_look(0, kGiB, kMs) == kMs);
}

TEST_CASE("a_fence_needs_four_segments_when_nothing_is_late_and_nothing_written", "[pace]") {
    CHECK(fence_needs(Reaction{}, kSegment) == kFourSegments);
    Guard guard;
    for (int i = 0; i < 1000; ++i) {
        guard.look(0, 0);
    }
    CHECK(guard.needs() == kFourSegments);
}

TEST_CASE("a_punctual_guard_needs_no_more_however_fast_wal_is_written", "[pace]") {
    Guard guard;
    for (int i = 0; i < 1000; ++i) {
        guard.look(0, kSegment);
    }
    CHECK(guard.needs() == kFourSegments);
}

TEST_CASE("a_fence_needs_the_longest_delay_at_the_fastest_rate", "[pace]") {
    Guard guard(100 * kMs);
    guard.look(0, 100 * kBytesPerMiB); // 1000 MB/s
    guard.look(50 * kMs, 0);           // and, at another time, half a tick late
    guard.look(0, kBytesPerMiB);
    CHECK(guard.needs() - kFourSegments == Approx(50.0 * kBytesPerMiB).epsilon(0.001));
}

TEST_CASE("a_guard_that_is_woken_early_was_not_late", "[pace]") {
    Guard guard(100 * kMs);
    for (int i = 0; i < 100; ++i) {
        guard.look(-50 * kMs, kSegment);
    }
    CHECK(guard.needs() == kFourSegments);
}

TEST_CASE("a_look_is_late_by_what_was_planned_for_it_and_not_for_the_next", "[pace]") {
    Reaction reaction{};
    TimeUs now = kSecond;
    Lsn lsn = kGiB;
    // Comes nearer to a threshold: each look plans a shorter wait, and is in time.
    for (const TimeUs planned : {1000 * kMs, 1000 * kMs, 200 * kMs, 5 * kMs, 1000 * kMs}) {
        now += planned;
        lsn += kSegment;
        observe(reaction, lsn, now, planned);
    }
    CHECK(fence_needs(reaction, kSegment) == kFourSegments);
    now += 15 * kMs; // five were planned
    observe(reaction, lsn, now, 5 * kMs);
    const double fastest = static_cast<double>(kSegment) / 0.005;
    CHECK(static_cast<double>(fence_needs(reaction, kSegment) - kFourSegments) ==
          Approx(fastest / 100).epsilon(0.001));
}

TEST_CASE("forgets_within_a_minute_and_not_before_fifty_seconds", "[pace]") {
    Guard guard(100 * kMs);
    guard.look(50 * kMs, 100 * kBytesPerMiB);
    const Bytes then = guard.needs();
    REQUIRE(then > kFourSegments);
    for (int i = 0; i < 490; ++i) {
        guard.look(0, 0);
        REQUIRE(guard.needs() == then);
    }
    for (int i = 0; i < 110; ++i) {
        guard.look(0, 0);
    }
    CHECK(guard.needs() == kFourSegments);
}

TEST_CASE("what_is_older_than_a_minute_is_forgotten_at_once_after_a_pause", "[pace]") {
    Guard guard(100 * kMs);
    guard.look(50 * kMs, 100 * kBytesPerMiB);
    REQUIRE(guard.needs() > kFourSegments);
    Guard paused = guard;
    paused.look(3600 * kSecond, 0); // late itself, but at no rate
    CHECK(paused.needs() == kFourSegments);
}

TEST_CASE("a_guard_that_was_stopped_counts_as_one_second_late", "[pace]") {
    Guard guard(100 * kMs);
    guard.look(0, 10 * kBytesPerMiB); // 100 MB/s
    guard.look(600 * kSecond, 0);
    for (int i = 0; i < 10; ++i) {
        guard.look(0, 10 * kBytesPerMiB);
    }
    CHECK(guard.needs() - kFourSegments == Approx(100.0 * kBytesPerMiB).epsilon(0.001));
}

TEST_CASE("spans_too_short_for_a_rate_go_into_the_next", "[pace]") {
    Guard guard(kMs); // every look after a millisecond: two of them make a span
    for (int i = 0; i < 1000; ++i) {
        guard.look(0, 100 * 1024);
    }
    Guard late = guard;
    late.look(10 * kMs, 1100 * 1024);
    const double rate = 100.0 * 1024 * 1000;
    CHECK(static_cast<double>(late.needs() - kFourSegments) == Approx(rate / 100).epsilon(0.01));
}

TEST_CASE("two_looks_at_one_moment_divide_by_nothing", "[pace]") {
    Reaction reaction{};
    observe(reaction, kGiB, kSecond, 0);
    observe(reaction, 2 * kGiB, kSecond, 0);
    CHECK(fence_needs(reaction, kSegment) == kFourSegments);
}

TEST_CASE("a_clock_or_a_position_that_went_back_begins_anew", "[pace]") {
    Guard guard(100 * kMs);
    guard.look(50 * kMs, 100 * kBytesPerMiB);
    REQUIRE(guard.needs() > kFourSegments);
    Guard other_clock = guard;
    other_clock.set_clock(kSecond);
    other_clock.look(0, 0);
    CHECK(other_clock.needs() == kFourSegments);
    Guard other_timeline = guard;
    other_timeline.set_lsn(5);
    other_timeline.look(0, 0);
    CHECK(other_timeline.needs() == kFourSegments);
}

TEST_CASE("an_unknown_position_makes_no_rate", "[pace]") {
    Reaction reaction{};
    TimeUs now = kSecond;
    for (const Lsn lsn : {Lsn{0}, 100 * kGiB, Lsn{0}, 200 * kGiB}) {
        now += 100 * kMs;
        observe(reaction, lsn, now, 50 * kMs); // late each time
    }
    CHECK(fence_needs(reaction, kSegment) == kFourSegments);
}

TEST_CASE("absurd_figures_do_not_wrap_around", "[pace]") {
    Reaction reaction{};
    observe(reaction, 1, kSecond, 1);
    observe(reaction, UINT64_MAX, kSecond + 2 * kMs, 1);
    observe(reaction, UINT64_MAX, 3 * kSecond, 1);
    CHECK(fence_needs(reaction, kSegment) == UINT64_MAX);
    CHECK(fence_needs(Reaction{}, UINT64_MAX) == UINT64_MAX);
    CHECK(next_look(UINT64_MAX, UINT64_MAX, kSecond) == kLeastIntervalUs);
}
