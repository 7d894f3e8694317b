#include <catch2/catch.hpp>

#include "base/duration.hpp"

using namespace opsmon;
using namespace std::chrono_literals;

TEST_CASE("reads_durations_as_people_write_them") {
    CHECK(parse_duration("5s") == 5000ms);
    CHECK(parse_duration("1500ms") == 1500ms);
    CHECK(parse_duration("1m") == 60000ms);
    CHECK(parse_duration("1h30m") == 5400000ms);
    CHECK(parse_duration("0s") == 0ms);
}

TEST_CASE("refuses_what_is_not_a_duration") {
    for (const char* text : {"", "5", "s", "-5s", "5 s", "5x", "1m1m", "1s1m", "1.5s", "5s ",
                             "99999999999999999999s", "4000d"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("prints_durations_as_they_are_read") {
    CHECK(format_duration(0ms) == "0s");
    CHECK(format_duration(5s) == "5s");
    CHECK(format_duration(1500ms) == "1s500ms");
    CHECK(format_duration(90min) == "1h30m");
    CHECK(parse_duration(format_duration(90061001ms)) == 90061001ms);
}
