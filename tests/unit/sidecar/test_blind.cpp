#include <catch2/catch.hpp>

#include "rules/active_alerts.hpp"
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

TEST_CASE("a_clock_that_is_set_back_holds_no_alert_until_it_is_there_again", "[rules]") {
    constexpr TimestampMs kDay_ms = 24 * 60 * 60 * 1000;
    const auto labels = metrics::Labels::from_sorted({{"service", "shop"}});
    Sight shop_is_silent;
    shop_is_silent.spots = {{"service", "shop"}};
    ActiveAlerts alerts;
    CHECK(alerts.apply({{labels, {}}}, shop_is_silent, {}, kDay_ms).empty());
    REQUIRE(alerts.firing().size() == 1);
    CHECK(alerts.apply({}, Sight(), {}, 1000).size() == 1);
    CHECK(alerts.firing().empty());
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

TEST_CASE("a_rule_that_does_not_read_the_silent_target_is_not_held_by_it", "[rules]") {
    const std::string expr =
        GENERATE(as<std::string>(), "sum(m{service=\"blog\"}) > 1", "sum(m{service!=\"shop\"}) > 1",
                 "vector(1) and on() m{service=\"blog\"} > 1");
    World world(one_group({rule("High", expr), recording("total", "sum(m{service=\"blog\"})"),
                           rule("Total", "total > 1")}));
    CHECK(world.tick(kBothHigh).size() == 2);
    CHECK(summary(world.tick({{"m{service=\"blog\"}", 0}}, kShopIsSilent)) ==
          "{alertname=\"High\"} resolved {alertname=\"Total\"} resolved");
}

TEST_CASE("an_expression_that_rewrites_the_label_is_held_by_any_silent_target", "[rules]") {
    const std::string expr = GENERATE(
        as<std::string>(), "label_replace(m, \"service\", \"x-$1\", \"service\", \"(.*)\") > 1",
        "label_join(m, \"service\", \"-\", \"service\", \"service\") > 1",
        "n * on (a) group_right (service) (m > 1)");
    World world(one_group({rule("High", expr), recording("other", expr), rule("Other", "other")}));
    const SeriesList all{{"m{service=\"shop\",a=\"1\"}", 5}, {"n{service=\"y\",a=\"1\"}", 1}};
    CHECK(world.tick(all).size() == 2);
    const auto held = world.tick({{"n{service=\"y\",a=\"1\"}", 1}}, kShopIsSilent);
    REQUIRE(held.size() == 2);
    CHECK(held[0].no_data);
    CHECK(held[1].no_data);
}

TEST_CASE("a_window_that_a_silence_left_a_hole_in_ends_no_alert", "[rules]") {
    const std::string expr = GENERATE(
        as<std::string>(), "count_over_time(m[10s]) >= 8", "delta(m[10s]) > 5", "m offset 8s > 0",
        "min_over_time(m[10s:1s]) >= 0 and count_over_time(m[10s]) > 7");
    const bool whole = GENERATE(true, false);
    metrics::Silence silence;
    if (whole) {
        silence.metrics = {"m"};
    } else {
        silence.targets = {{"service", "shop", {"m"}}};
    }
    World world(one_group({rule("High", expr), recording("r", expr), rule("Recorded", "r")}));
    history::Limits each_second;
    each_second.interval_ms = 1000;
    world.history.replace_limits(each_second);
    std::vector<Alert> alerts;
    int value = 0;
    const auto grow = [&] {
        alerts = world.tick({{"m{service=\"shop\"}", static_cast<double>(++value)}});
    };
    for (int i = 0; i < 20; ++i) {
        grow();
    }
    REQUIRE(alerts.size() == 2);
    for (int i = 0; i < 15; ++i) {
        alerts = world.tick({}, silence);
        REQUIRE(alerts.size() == 2);
    }
    for (int i = 0; i < 60; ++i) {
        grow();
        REQUIRE(alerts.size() == 2);
        REQUIRE(alerts[0].firing());
        REQUIRE(alerts[1].firing());
    }
    CHECK_FALSE(alerts[0].no_data);
    for (int i = 0; i < 60; ++i) { // and what is over ends
        alerts = world.tick({});
    }
    CHECK(alerts.empty());
}

TEST_CASE("a_window_over_the_alerts_themselves_holds_none_after_a_silence", "[rules]") {
    World world(one_group({rule("High", "m > 1 or m > 0.5 and on (service) "
                                        "last_over_time(ALERTS{alertname=\"High\"}[5m])")}));
    CHECK(world.tick(kBothHigh).size() == 2);
    CHECK(summary(world.tick({{"m{service=\"blog\"}", 5}}, kShopIsSilent)) ==
          "{alertname=\"High\", service=\"blog\"} firing "
          "{alertname=\"High\", service=\"shop\"} firing no-data");
    CHECK(summary(world.tick({{"m{service=\"blog\"}", 5}, {"m{service=\"shop\"}", 0}})) ==
          "{alertname=\"High\", service=\"blog\"} firing "
          "{alertname=\"High\", service=\"shop\"} resolved");
}

TEST_CASE("alerts_that_can_be_read_late_only_are_as_old_as_they_were", "[rules]") {
    const auto rules = [] {
        return one_group({rule("High", "m > 1"), rule("Wait", "m > 1", 5000)});
    };
    World before(rules());
    CHECK(before.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 5}}).size() == 2);
    World after(rules());
    after.now = before.now;
    CHECK(after.tick({{"m{a=\"1\"}", 5}}, {{"m"}, {}}).size() == 1);
    after.engine.restore(before.engine.take_changes(), before.now);
    const auto alerts = after.tick({{"m{a=\"1\"}", 5}}, {{}, {{"a", "2", {"m"}}}});
    CHECK(summary(alerts) == "{a=\"1\", alertname=\"High\"} firing "
                             "{a=\"2\", alertname=\"High\"} firing no-data");
    CHECK(alerts[0].active_at == 1000);
}
