#include <catch2/catch.hpp>

#include "core/forecast.hpp"

#include <cmath>

using namespace opsmon::core;

TEST_CASE("a_volume_is_full_when_its_room_is_used_up", "[forecast]") {
    CHECK(time_to_fill(10'000, 1000) == 10 * kUsPerSecond);
    CHECK(time_to_fill(0, 1000) == 0);
}

TEST_CASE("what_nobody_fills_is_never_full", "[forecast]") {
    CHECK_FALSE(time_to_fill(10'000, 0).has_value());
    CHECK_FALSE(time_to_fill(10'000, -5).has_value());
    CHECK_FALSE(time_to_fill(10'000, std::nan("")).has_value());
    CHECK_FALSE(time_to_fill(UINT64_MAX, 1).has_value()); // not within a year
    CHECK_FALSE(time_to_fill(1, 1e-300).has_value());
}

TEST_CASE("of_two_forecasts_the_earlier_counts_and_an_absent_one_is_later", "[forecast]") {
    CHECK(earlier(5, 7) == 5);
    CHECK(earlier(7, 5) == 5);
    CHECK(earlier(std::nullopt, 5) == 5);
    CHECK(earlier(5, std::nullopt) == 5);
    CHECK_FALSE(earlier(std::nullopt, std::nullopt).has_value());
}
