#include <catch2/catch.hpp>

#include "notify/time_interval.hpp"

using namespace opsmon;
using notify::Range;
using notify::TimeInterval;
using notify::TimeZone;

namespace {

std::int64_t utc(int year, int month, int day, int hour = 0, int minute = 0) {
    return notify::days_of_civil(year, month, day) * 86'400 + hour * 3600 + minute * 60;
}

} // namespace

TEST_CASE("every_part_of_an_interval_has_to_hold", "[notify][time_interval]") {
    TimeInterval interval;
    CHECK(interval.contains(0));
    interval.times = {{9 * 60, 17 * 60}};
    interval.weekdays = {*notify::parse_weekdays("monday:friday")};
    CHECK(interval.contains(utc(2026, 11, 24, 9)));
    CHECK(interval.contains(utc(2026, 11, 24, 16, 59)));
    CHECK_FALSE(interval.contains(utc(2026, 11, 24, 17))); // the end is not in it
    CHECK_FALSE(interval.contains(utc(2026, 11, 22, 12))); // a Sunday
    interval.months = {*notify::parse_months("January:march")};
    CHECK_FALSE(interval.contains(utc(2026, 11, 24, 9)));
    CHECK(interval.contains(utc(2026, 3, 3, 9)));
    interval.years = {*notify::parse_years("2027")};
    CHECK_FALSE(interval.contains(utc(2026, 3, 3, 9)));
}

TEST_CASE("days_count_from_the_end_of_the_month_too", "[notify][time_interval]") {
    TimeInterval interval;
    interval.days_of_month = {*notify::parse_days_of_month("-3:-1")};
    CHECK(interval.contains(utc(2026, 2, 26)));
    CHECK_FALSE(interval.contains(utc(2026, 2, 25)));
    CHECK(interval.contains(utc(2028, 2, 29)));
    interval.days_of_month = {*notify::parse_days_of_month("30:31")};
    CHECK_FALSE(interval.contains(utc(2026, 2, 28)));
    CHECK(interval.contains(utc(2026, 4, 30)));
    interval.days_of_month = {*notify::parse_days_of_month("1:-1")};
    CHECK(interval.contains(utc(2026, 2, 28, 23, 59)));
}

TEST_CASE("ranges_that_make_no_sense_are_refused", "[notify][time_interval]") {
    for (const auto* text : {"saturday:sunday", "sat", "monday:", " monday", "a:b:c", ""}) {
        CAPTURE(text);
        CHECK_FALSE(notify::parse_weekdays(text));
    }
    CHECK(notify::parse_weekdays("SUNDAY:saturday").value() == Range{0, 6});
    for (const auto* text :
         {"0", "32", "-32", "5:2", "-1:5", "28:-1", "29:-30", "10:-28", "-5:-10"}) {
        CAPTURE(text);
        CHECK_FALSE(notify::parse_days_of_month(text));
    }
    for (const auto* text : {"march:january", "13", "0", "jan"}) {
        CAPTURE(text);
        CHECK_FALSE(notify::parse_months(text));
    }
    CHECK_FALSE(notify::parse_years("2030:2020"));
    for (const auto* text : {"9:00", "24:01", "09:60", "0900", "-1:00", "09:0x"}) {
        CAPTURE(text);
        CHECK_FALSE(notify::parse_time_of_day(text));
    }
    CHECK(notify::parse_time_of_day("24:00").value() == 1440);
}

TEST_CASE("local_time_follows_the_zone_file", "[notify][time_interval]") {
    const auto berlin = TimeZone::load("Europe/Berlin");
    if (!berlin) {
        WARN("no time zones on this machine: " << berlin.error().message);
        return;
    }
    CHECK(berlin->offset_seconds(utc(2026, 1, 15)) == 3600);
    CHECK(berlin->offset_seconds(utc(2026, 7, 15)) == 7200);
    CHECK(berlin->offset_seconds(utc(2026, 3, 29, 0, 59)) == 3600);
    CHECK(berlin->offset_seconds(utc(2026, 3, 29, 1, 0)) == 7200);
    CHECK(berlin->offset_seconds(utc(2050, 7, 15)) == 7200); // by the rule, beyond the table
    CHECK(berlin->offset_seconds(utc(2050, 12, 15)) == 3600);
    const auto new_york = TimeZone::load("America/New_York");
    REQUIRE(new_york);
    CHECK(new_york->offset_seconds(utc(2026, 11, 1, 5, 59)) == -4 * 3600);
    CHECK(new_york->offset_seconds(utc(2026, 11, 1, 6, 0)) == -5 * 3600);
    CHECK(new_york->offset_seconds(utc(2060, 11, 15)) == -5 * 3600);
    const auto sydney = TimeZone::load("Australia/Sydney"); // summer is in January
    REQUIRE(sydney);
    CHECK(sydney->offset_seconds(utc(2050, 1, 15)) == 11 * 3600);
    CHECK(sydney->offset_seconds(utc(2050, 7, 15)) == 10 * 3600);
    TimeInterval morning;
    morning.times = {{9 * 60, 10 * 60}};
    morning.zone = *berlin;
    CHECK(morning.contains(utc(2026, 11, 24, 8, 30)));
    CHECK_FALSE(morning.contains(utc(2026, 11, 24, 9, 30)));
}

TEST_CASE("what_is_no_zone_is_refused", "[notify][time_interval]") {
    CHECK_FALSE(TimeZone::load("Mars/Base"));
    CHECK_FALSE(TimeZone::load("../../etc/passwd"));
    CHECK_FALSE(TimeZone::load("/etc/localtime"));
    CHECK_FALSE(TimeZone::parse(""));
    CHECK_FALSE(TimeZone::parse("TZif2" + std::string(39, '\0')));
    CHECK_FALSE(TimeZone::parse("TZif2" + std::string(39, '\xff')));
    CHECK(TimeZone::load("")->offset_seconds(0) == 0);
}
