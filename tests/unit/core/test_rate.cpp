#include <catch2/catch.hpp>

#include "core/rate.hpp"

using namespace opsmon::core;

namespace {

constexpr TimeUs kSecond = kUsPerSecond;

// Looks every `every_us` for a while at a writer of a steady rate; returns where it ended.
Lsn write_steadily(WalRate& rate, Lsn lsn, TimeUs from, TimeUs to, TimeUs every_us,
                   Bytes bytes_per_second) {
    for (TimeUs at = from; at <= to; at += every_us) {
        observe(rate, lsn + static_cast<Lsn>(at - from) / 1000 * bytes_per_second / 1000, at);
    }
    return lsn + static_cast<Lsn>(to - from) / 1000 * bytes_per_second / 1000;
}

WalRate started() {
    WalRate rate;
    start(rate);
    return rate;
}

} // namespace

TEST_CASE("there_is_no_rate_before_there_are_two_moments", "[rate]") {
    WalRate rate = started();
    CHECK_FALSE(fast_bytes_per_second(rate).has_value());
    observe(rate, 1000, kSecond);
    CHECK_FALSE(fast_bytes_per_second(rate).has_value());
    observe(rate, 9000, kSecond + 5000); // 5 ms later: no basis for a rate
    CHECK_FALSE(fast_bytes_per_second(rate).has_value());
}

TEST_CASE("a_steady_writer_has_the_same_rate_in_both_windows", "[rate]") {
    WalRate rate = started();
    write_steadily(rate, 1 << 20, 0, 600 * kSecond, kSecond, 5'000'000);
    CHECK(*fast_bytes_per_second(rate) == Approx(5e6).epsilon(0.01));
    CHECK(*slow_bytes_per_second(rate) == Approx(5e6).epsilon(0.01));
}

TEST_CASE("a_burst_shows_in_the_fast_window_and_hardly_in_the_slow_one", "[rate]") {
    WalRate rate = started();
    Lsn lsn = write_steadily(rate, 1 << 20, 0, 600 * kSecond, kSecond, 1'000'000);
    write_steadily(rate, lsn, 600 * kSecond, 610 * kSecond, kSecond / 100, 100'000'000);
    CHECK(*fast_bytes_per_second(rate) > 80e6);
    CHECK(*slow_bytes_per_second(rate) < 6e6);
}

TEST_CASE("an_idle_server_comes_down_to_no_rate", "[rate]") {
    WalRate rate = started();
    const Lsn lsn = write_steadily(rate, 1 << 20, 0, 10 * kSecond, kSecond, 9'000'000);
    write_steadily(rate, lsn, 10 * kSecond, 400 * kSecond, kSecond, 0);
    CHECK(*fast_bytes_per_second(rate) == 0);
    CHECK(*slow_bytes_per_second(rate) == 0);
}

TEST_CASE("looks_of_any_density_give_the_same_rate", "[rate]") {
    for (const TimeUs every : {kSecond / 200, kSecond / 7, kSecond, 3 * kSecond}) {
        WalRate rate = started();
        write_steadily(rate, 1 << 20, 0, 60 * kSecond, every, 2'000'000);
        CAPTURE(every);
        CHECK(*fast_bytes_per_second(rate) == Approx(2e6).epsilon(0.05));
    }
}

TEST_CASE("a_position_or_a_clock_that_goes_back_starts_anew", "[rate]") {
    WalRate rate = started();
    write_steadily(rate, 1ULL << 40, 0, 60 * kSecond, kSecond, 2'000'000);
    observe(rate, 1 << 20, 61 * kSecond); // a new timeline
    CHECK_FALSE(fast_bytes_per_second(rate).has_value());
    observe(rate, 3 << 20, 62 * kSecond);
    CHECK(*fast_bytes_per_second(rate) == Approx(2.0 * (1 << 20)));
    observe(rate, 4 << 20, 1 * kSecond);
    CHECK_FALSE(fast_bytes_per_second(rate).has_value());
}

TEST_CASE("an_unknown_position_is_no_point_to_count_from", "[rate]") {
    WalRate rate = started();
    observe(rate, kUnknownLsn, kSecond); // before recovery has read anything
    observe(rate, 1ULL << 40, 2 * kSecond);
    CHECK_FALSE(fast_bytes_per_second(rate).has_value());
    observe(rate, (1ULL << 40) + 500, 3 * kSecond);
    CHECK(*fast_bytes_per_second(rate) == Approx(500));
}

TEST_CASE("a_burst_just_after_the_start_is_no_trend", "[rate]") {
    WalRate rate;
    start(rate);
    for (TimeUs second = 0; second < 60; ++second) {
        observe(rate, 1'000'000 + static_cast<Lsn>(second) * 100'000'000, second * kUsPerSecond);
        CHECK_FALSE(slow_bytes_per_second(rate).has_value());
    }
    CHECK(fast_bytes_per_second(rate).has_value());
    observe(rate, 7'000'000'000, 60 * kUsPerSecond);
    CHECK(slow_bytes_per_second(rate).has_value());
}
