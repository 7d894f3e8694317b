#include <catch2/catch.hpp>

#include <cmath>
#include <limits>

#include "collect/network/daily_peaks.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

constexpr TimestampMs kDay = 86'400'000;
constexpr TimestampMs kStart = 20'000 * kDay;

// A day of `usual` with an hour of `peak` at noon.
void live(DailyPeaks& peaks, int day, double usual, double peak, bool suspected = false) {
    for (int minute = 0; minute < 1440; ++minute) {
        const bool at_noon = minute >= 720 && minute < 780;
        peaks.observe(at_noon ? peak : usual, 60, kStart + day * kDay + minute * 60'000,
                      suspected && at_noon ? std::optional(day_number(kStart) + day)
                                           : std::nullopt);
    }
}

} // namespace

TEST_CASE("three_days_are_needed_to_know_what_is_ordinary", "[attack]") {
    DailyPeaks peaks;
    live(peaks, 0, 10, 50);
    live(peaks, 1, 10, 55);
    CHECK_FALSE(peaks.peak());
    live(peaks, 2, 10, 45);
    CHECK(peaks.peak() == 55.0);
}

TEST_CASE("an_evening_is_not_a_day", "[attack]") {
    DailyPeaks peaks;
    peaks.observe(1, 300, kStart - 3'600'000, std::nullopt);
    live(peaks, 0, 10, 50);
    live(peaks, 1, 10, 50);
    CHECK_FALSE(peaks.peak());
}

TEST_CASE("a_bad_day_does_not_become_ordinary", "[attack]") {
    DailyPeaks peaks;
    for (int day = 0; day < 14; ++day) {
        live(peaks, day, 10, day == 12 ? 900 : 50);
    }
    CHECK(peaks.peak() == 50.0); // even though nobody suspected it
    live(peaks, 14, 10, 900, true);
    live(peaks, 15, 10, 900, true);
    CHECK(peaks.peak() == 50.0);
}

TEST_CASE("what_comes_back_on_a_third_day_is_ordinary", "[attack]") {
    DailyPeaks peaks;
    for (int day = 0; day < 25; ++day) {
        live(peaks, day, 10, day % 7 == 6 ? 400 : 50, day % 7 == 6);
        CHECK((peaks.peak().value_or(0) >= 400) == (day >= 20));
    }
}

TEST_CASE("an_attack_of_a_week_is_one_day_of_it", "[attack]") {
    DailyPeaks peaks;
    for (int day = 0; day < 10; ++day) {
        live(peaks, day, 10, 50);
    }
    const std::int64_t began = day_number(kStart + 10 * kDay);
    for (TimestampMs now = kStart + 10 * kDay; now < kStart + 17 * kDay; now += 60'000) {
        peaks.observe(900, 60, now, began);
    }
    CHECK(peaks.peak() == 50.0);
}

TEST_CASE("a_spike_shorter_than_a_minute_is_not_a_peak", "[attack]") {
    DailyPeaks peaks;
    for (int day = 0; day < 3; ++day) {
        live(peaks, day, 10, 10);
    }
    for (int second = 0; second < 60; second += 5) {
        peaks.observe(second == 30 ? 1000 : 10, 5, kStart + 3 * kDay + second * 1000, std::nullopt);
    }
    CHECK(peaks.peak() < 100.0);
}

TEST_CASE("four_weeks_are_remembered_and_no_more", "[attack]") {
    DailyPeaks peaks;
    for (int day = 0; day < 100; ++day) {
        live(peaks, day, 10, day < 50 ? 500 : 50);
        REQUIRE(peaks.days().size() <= DailyPeaks::kDays);
    }
    CHECK(peaks.peak() == 50.0);
}

TEST_CASE("clocks_that_jump_and_values_that_are_nonsense_do_no_harm", "[attack]") {
    DailyPeaks peaks;
    for (int day = 0; day < 28; ++day) {
        live(peaks, day, 10, 50);
    }
    for (const TimestampMs when : {TimestampMs{0}, kStart - 400 * kDay, kStart + 9000 * kDay}) {
        peaks.observe(60, 60, when, std::nullopt);
        CHECK(peaks.days().size() == DailyPeaks::kDays);
    }
    for (const double value : {-1.0, std::nan(""), std::numeric_limits<double>::infinity()}) {
        peaks.observe(value, 60, kStart + 27 * kDay, std::nullopt);
        peaks.observe(1, value, kStart + 27 * kDay, std::nullopt);
    }
    CHECK(peaks.peak() == 50.0);
}

TEST_CASE("what_was_kept_is_checked_before_it_is_believed", "[attack]") {
    DailyPeaks peaks;
    peaks.restore({{3, 10, 0, 86400},
                   {1, 20, 0, 86400},
                   {2, 30, 0, 86400},
                   {2, 90, 0, 86400},
                   {4, std::nan(""), 0, 86400},
                   {5, -1, 0, 86400},
                   {6, 1, 0, -5}});
    REQUIRE(peaks.days().size() == 3);
    CHECK(peaks.days()[0].day == 1);
    CHECK(peaks.peak() >= 20.0);
}
