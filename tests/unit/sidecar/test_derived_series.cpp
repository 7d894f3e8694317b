#include <catch2/catch.hpp>

#include "support/rule_world.hpp"

using namespace opsmon;
using test::one_group;
using test::recording;
using test::rule;
using test::summary;
using test::World;

TEST_CASE("a_recorded_series_is_seen_by_the_next_rule_of_its_group", "[rules]") {
    World world(one_group(
        {recording("twice", "m * 2", {{"team", "db"}, {"b", ""}}), rule("High", "twice > 5")}));
    const auto alerts = world.tick({{"m{a=\"1\",b=\"x\"}", 3}, {"m{a=\"2\",b=\"x\"}", 1}});
    CHECK(summary(alerts) == "{a=\"1\", alertname=\"High\", team=\"db\"} firing");
    CHECK(world.shown("twice") == "twice{a=\"1\", team=\"db\"}=6 twice{a=\"2\", team=\"db\"}=2");
}

TEST_CASE("a_recorded_series_outlives_the_next_snapshot_and_ends_with_its_source", "[rules]") {
    auto groups = one_group({recording("twice", "m * 2")});
    groups[0].interval_ms = 5000;
    World world(std::move(groups));
    CHECK(world.tick({{"m", 3}}).empty());
    CHECK(world.shown("twice") == "twice=6");
    for (int second = 2; second < 5; ++second) {
        CHECK(world.tick({{"m", 4}}).empty());
        CHECK(world.shown("twice") == "twice=6");
    }
    CHECK(world.tick({{"m", 4}}).empty());
    CHECK(world.shown("twice") == "twice=8");
    for (int second = 6; second <= 10; ++second) {
        CHECK(world.tick({}).empty());
    }
    CHECK(world.shown("twice").empty());
}

TEST_CASE("alerts_are_series_too", "[rules]") {
    World world(one_group({rule("High", "m > 1", 2000, {{"severity", "page"}}),
                           recording("firing", "ALERTS{alertstate=\"firing\"} * 3")}));
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(world.shown("ALERTS") ==
          "ALERTS{alertname=\"High\", alertstate=\"pending\", severity=\"page\"}=1");
    CHECK(world.shown("ALERTS_FOR_STATE") ==
          "ALERTS_FOR_STATE{alertname=\"High\", severity=\"page\"}=1");
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(world.tick({{"m", 5}}).size() == 1);
    CHECK(world.shown("ALERTS") ==
          "ALERTS{alertname=\"High\", alertstate=\"firing\", severity=\"page\"}=1");
    CHECK(world.shown("firing") ==
          "firing{alertname=\"High\", alertstate=\"firing\", severity=\"page\"}=3");
    CHECK(world.tick({{"m", 0}}).size() == 1);
    CHECK(world.shown("ALERTS").empty());
    CHECK(world.shown("ALERTS_FOR_STATE").empty());
    CHECK(world.shown("firing").empty());
}

TEST_CASE("two_samples_that_become_one_series_are_a_failure", "[rules]") {
    World world(one_group({recording("same", "m", {{"a", "x"}})}));
    CHECK(world.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 5}}).empty());
    CHECK_THAT(world.engine.stats().last_failure,
               Catch::Contains("test.yml: group test: record same: ") &&
                   Catch::Contains("same labelset after applying rule labels"));
    CHECK(world.shown("same").empty());
}

TEST_CASE("a_failed_recording_leaves_its_series_as_they_are", "[rules]") {
    World world(one_group({recording("pair", "{__name__=~\"m|k\"} + n")}));
    CHECK(world.tick({{"m", 5}, {"n", 1}}).empty());
    CHECK(world.tick({{"m", 5}, {"k", 5}, {"n", 1}}).empty());
    CHECK(world.engine.stats().evaluation_failures_total == 1);
    CHECK(world.shown("pair") == "pair=6");
}

TEST_CASE("a_recording_rule_never_writes_into_what_a_collector_shows", "[rules]") {
    World world(one_group({recording("m", "n * 2")}));
    CHECK(world.tick({{"m", 5}, {"n", 1}}).empty());
    CHECK(world.shown("m") == "m=5");
}

TEST_CASE("a_limit_holds_for_recording_rules", "[rules]") {
    auto groups = one_group({recording("copy", "m")});
    groups[0].limit = 1;
    World world(std::move(groups));
    CHECK(world.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 5}}).empty());
    CHECK_THAT(world.engine.stats().last_failure,
               Catch::Contains("exceeded limit of 1 with 2 series"));
}

TEST_CASE("series_of_removed_rules_end", "[rules]") {
    World world(one_group({recording("twice", "m * 2"), rule("High", "m > 1")}));
    CHECK(world.tick({{"m", 3}}).size() == 1);
    world.engine.replace(one_group({recording("twice", "m * 2")}));
    CHECK(world.tick({{"m", 3}}).size() == 1);
    CHECK(world.shown("ALERTS").empty());
    CHECK(world.shown("twice") == "twice=6");
    world.engine.replace({});
    CHECK(world.tick({{"m", 3}}).empty());
    CHECK(world.shown("twice").empty());
}

TEST_CASE("no_data_is_not_resolved_through_a_recording_rule", "[rules]") {
    World world(one_group(
        {recording("twice", "m * 2"), recording("more", "twice * 2"), rule("High", "more > 5")}));
    CHECK(world.tick({{"m", 3}}).size() == 1);
    CHECK(summary(world.tick({}, {{"m"}, {}})) == "{alertname=\"High\"} firing no-data");
    CHECK(summary(world.tick({}, {{"m"}, {}})) == "{alertname=\"High\"} firing no-data");
    CHECK(summary(world.tick({})) == "{alertname=\"High\"} resolved");
}
