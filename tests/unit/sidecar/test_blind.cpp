#include <catch2/catch.hpp>

#include "support/rule_world.hpp"

using namespace opsmon;
using namespace opsmon::rules;
using namespace opsmon::test;

namespace {

const metrics::Silence kShopIsSilent{{}, {{"service", "shop", {"m", "n"}}}};
const SeriesList kBothHigh{{"m{service=\"blog\"}", 5}, {"m{service=\"shop\"}", 5}};

} // namespace

TEST_CASE("one_silent_target_holds_its_own_alert_and_no_other", "[rules]") {
    World world(one_group({rule("High", "m > 1")}));
    CHECK(world.tick(kBothHigh).size() == 2);
    CHECK(summary(world.tick({{"m{service=\"blog\"}", 0}}, kShopIsSilent)) ==
          "{alertname=\"High\", service=\"shop\"} firing no-data "
          "{alertname=\"High\", service=\"blog\"} resolved");
    CHECK(summary(world.tick({{"m{service=\"shop\"}", 0}})) ==
          "{alertname=\"High\", service=\"shop\"} resolved");
}

TEST_CASE("a_silent_target_says_nothing_of_metrics_it_does_not_have", "[rules]") {
    World world(one_group({rule("High", "other > 1")}));
    CHECK(world.tick({{"other{service=\"shop\"}", 5}}).size() == 1);
    CHECK(summary(world.tick({}, kShopIsSilent)) ==
          "{alertname=\"High\", service=\"shop\"} resolved");
}

TEST_CASE("what_is_summed_over_a_silent_target_is_unknown", "[rules]") {
    World world(one_group({rule("All", "sum(m) > 7")}));
    CHECK(world.tick(kBothHigh).size() == 1);
    CHECK(summary(world.tick({{"m{service=\"blog\"}", 5}}, kShopIsSilent)) ==
          "{alertname=\"All\"} firing no-data");
    CHECK(summary(world.tick({{"m{service=\"blog\"}", 5}})) == "{alertname=\"All\"} resolved");
}

TEST_CASE("a_target_that_never_was_part_of_a_sum_does_not_hold_it", "[rules]") {
    World world(one_group({rule("All", "sum(m) > 7")}));
    CHECK(world.tick({{"m{service=\"blog\"}", 8}}).size() == 1);
    CHECK(summary(world.tick({{"m{service=\"blog\"}", 5}}, kShopIsSilent)) ==
          "{alertname=\"All\"} resolved");
}

TEST_CASE("a_rule_that_writes_the_label_itself_is_held_by_any_silent_target", "[rules]") {
    World world(one_group({rule("High", "m > 1", 0, {{"service", "front"}})}));
    CHECK(world.tick({{"m{service=\"shop\"}", 5}}).size() == 1);
    CHECK(summary(world.tick({}, kShopIsSilent)) ==
          "{alertname=\"High\", service=\"front\"} firing no-data");
}

TEST_CASE("a_silent_target_is_silent_through_recording_rules", "[rules]") {
    World world(
        one_group({recording("twice", "m * 2"), recording("total", "sum(twice)"),
                   recording("named", "m", {{"service", "front"}}), rule("Each", "twice > 5"),
                   rule("All", "total > 15"), rule("Named", "named{service=\"front\"} > 1")}));
    CHECK(world.tick(kBothHigh).size() == 3); // one series of two services is refused
    const auto alerts = world.tick({{"m{service=\"blog\"}", 1}}, kShopIsSilent);
    CHECK(summary(alerts) == "{alertname=\"Each\", service=\"shop\"} firing no-data "
                             "{alertname=\"All\"} firing no-data "
                             "{alertname=\"Each\", service=\"blog\"} resolved");
}

TEST_CASE("a_restored_sum_waits_for_a_target_that_is_still_silent", "[rules]") {
    World before(one_group({rule("All", "sum(m) > 7")}));
    CHECK(before.tick(kBothHigh).size() == 1);
    World after(one_group({rule("All", "sum(m) > 7")}));
    after.engine.restore(before.engine.take_changes(), before.now);
    for (int i = 0; i < 400; ++i) { // longer than what was restored waits for metrics at all
        REQUIRE(summary(after.tick({{"m{service=\"blog\"}", 5}}, kShopIsSilent)) ==
                "{alertname=\"All\"} firing no-data");
    }
    CHECK(summary(after.tick({{"m{service=\"blog\"}", 5}, {"m{service=\"shop\"}", 1}})) ==
          "{alertname=\"All\"} resolved");
}
