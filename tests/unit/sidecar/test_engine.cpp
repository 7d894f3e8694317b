#include <catch2/catch.hpp>

#include "support/rule_world.hpp"

using namespace opsmon;
using test::one_group;
using test::rule;
using test::summary;
using test::World;

TEST_CASE("an_alert_fires_once_its_condition_has_held_for_long_enough", "[rules]") {
    World world(one_group({rule("High", "m > 1", 2000)}));
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(world.engine.stats().pending == 1);
    CHECK(world.tick({{"m", 5}}).empty());
    const auto alerts = world.tick({{"m", 7}});
    REQUIRE(alerts.size() == 1);
    CHECK(summary(alerts) == "{alertname=\"High\"} firing");
    CHECK(alerts[0].value == 7);
    CHECK(alerts[0].active_at == 1000);
    CHECK(alerts[0].fired_at == 3000);
    CHECK(world.engine.stats().firing == 1);
    CHECK(world.engine.stats().pending == 0);
}

TEST_CASE("a_resolved_alert_is_handed_out_once", "[rules]") {
    World world(one_group({rule("High", "m > 1")}));
    CHECK(world.tick({{"m", 5}}).size() == 1);
    const auto alerts = world.tick({{"m", 0}});
    CHECK(summary(alerts) == "{alertname=\"High\"} resolved");
    CHECK(alerts[0].resolved_at == 2000);
    CHECK(world.tick({{"m", 0}}).empty());
}

TEST_CASE("an_alert_that_never_fired_is_not_resolved", "[rules]") {
    World world(one_group({rule("High", "m > 1", 5000)}));
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(world.tick({{"m", 0}}).empty());
    CHECK(world.engine.stats().pending == 0);
}

TEST_CASE("labels_and_annotations_are_expanded_for_each_series", "[rules]") {
    World world(one_group({rule("High", "m > 1", 0,
                                {{"severity", "critical"}, {"who", "{{ $labels.a }}!"}, {"a", ""}},
                                {{"text", "{{ .Labels.a }} has {{ $value }}, n {{ query \"n\" | "
                                          "first | value }}"}})}));
    const auto alerts = world.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 6}, {"n", 9}});
    REQUIRE(alerts.size() == 2);
    CHECK(alerts[0].labels.to_string() ==
          "{alertname=\"High\", severity=\"critical\", who=\"1!\"}");
    CHECK(alerts[0].annotations.at("text") == "1 has 5, n 9");
    CHECK(alerts[1].annotations.at("text") == "2 has 6, n 9");
}

TEST_CASE("an_alert_knows_where_its_expression_can_be_looked_at", "[rules]") {
    World world(
        one_group({rule("High", "m{a=\"1\"} > 1", 0, {},
                        {{"text", "{{ externalURL }} {{ $externalURL }} {{ pathPrefix }}"}})}));
    CHECK(world.tick({{"m{a=\"1\"}", 5}})[0].generator_url.empty());
    world.engine.set_external({{}, "http://o:9788/x"});
    const auto alert = world.tick({{"m{a=\"1\"}", 5}})[0];
    CHECK(alert.generator_url == "http://o:9788/x/graph?g0.expr=m%7Ba%3D%221%22%7D+%3E+1&g0.tab=1");
    CHECK(alert.annotations.at("text") == "http://o:9788/x http://o:9788/x /x");
    CHECK(world.tick({{"m{a=\"1\"}", 0}})[0].generator_url == alert.generator_url);
}

TEST_CASE("annotations_follow_the_value_while_an_alert_fires", "[rules]") {
    World world(one_group({rule("High", "m > 1", 0, {}, {{"text", "{{ $value }}"}})}));
    CHECK(world.tick({{"m", 5}})[0].annotations.at("text") == "5");
    CHECK(world.tick({{"m", 6}})[0].annotations.at("text") == "6");
    CHECK(world.tick({{"m", 0}})[0].annotations.at("text") == "6");
}

TEST_CASE("no_data_is_not_resolved", "[rules]") {
    World world(one_group({rule("High", "m > 1"), rule("Wait", "m > 1", 3000)}));
    CHECK(summary(world.tick({{"m", 5}})) == "{alertname=\"High\"} firing");
    CHECK(summary(world.tick({}, {{"m"}, {}})) == "{alertname=\"High\"} firing no-data");
    CHECK(summary(world.tick({}, {{"m"}, {}})) == "{alertname=\"High\"} firing no-data");
    CHECK(summary(world.tick({{"m", 0}})) == "{alertname=\"High\"} resolved");
    CHECK(world.engine.stats().pending == 0);
}

TEST_CASE("a_pending_alert_starts_anew_after_its_source_was_silent", "[rules]") {
    World world(one_group({rule("Wait", "m > 1", 2000)}));
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(world.engine.stats().pending == 1);
    CHECK(world.tick({}, {{"m"}, {}}).empty());
    CHECK(world.engine.stats().pending == 0);
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(world.tick({{"m", 5}}).empty());
    CHECK(summary(world.tick({{"m", 5}})) == "{alertname=\"Wait\"} firing");
}

TEST_CASE("a_metric_that_is_gone_while_its_source_works_is_resolved", "[rules]") {
    World world(one_group({rule("High", "m > 1")}));
    CHECK(world.tick({{"m", 5}}).size() == 1);
    CHECK(summary(world.tick({}, {{"other"}, {}})) == "{alertname=\"High\"} resolved");
}

TEST_CASE("a_failing_source_that_still_reports_the_metric_does_not_hold_an_alert", "[rules]") {
    World world(one_group({rule("Down", "up == 0")}));
    CHECK(world.tick({{"up", 0}}, {{"up"}, {}}).size() == 1);
    CHECK(summary(world.tick({{"up", 1}}, {{"up"}, {}})) == "{alertname=\"Down\"} resolved");
}

TEST_CASE("a_failed_evaluation_is_counted_and_keeps_the_state", "[rules]") {
    World world(one_group({rule("Pair", "{__name__=~\"m|k\"} + n > 1")}));
    CHECK(world.tick({{"m", 5}, {"n", 1}}).size() == 1);
    CHECK(summary(world.tick({{"m", 5}, {"k", 5}, {"n", 1}})) == "{alertname=\"Pair\"} firing");
    CHECK(world.engine.stats().evaluation_failures_total == 1);
    CHECK_THAT(world.engine.stats().last_failure,
               Catch::Contains("test.yml: group test: alert Pair: ") &&
                   Catch::Contains("many-to-one"));
}

TEST_CASE("alerts_with_the_same_labels_from_one_rule_are_a_failure", "[rules]") {
    World world(one_group({rule("Same", "m > 1", 0, {{"a", "x"}})}));
    CHECK(world.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 5}}).empty());
    CHECK_THAT(world.engine.stats().last_failure, Catch::Contains("same labelset"));
}

TEST_CASE("a_group_limit_holds", "[rules]") {
    auto groups = one_group({rule("Many", "m > 1")});
    groups[0].limit = 1;
    World world(std::move(groups));
    CHECK(world.tick({{"m{a=\"1\"}", 5}, {"m{a=\"2\"}", 5}}).empty());
    CHECK_THAT(world.engine.stats().last_failure, Catch::Contains("exceeded limit of 1 with 2"));
}

TEST_CASE("what_one_rule_still_fires_is_not_resolved_by_another", "[rules]") {
    World world(one_group({rule("Twin", "m > 1"), rule("Twin", "n > 1")}));
    CHECK(world.tick({{"m", 5}, {"n", 5}}).size() == 1);
    CHECK(summary(world.tick({{"m", 0}, {"n", 5}})) == "{alertname=\"Twin\"} firing");
    CHECK(summary(world.tick({{"m", 0}, {"n", 0}})) == "{alertname=\"Twin\"} resolved");
}

TEST_CASE("a_group_is_evaluated_once_per_interval", "[rules]") {
    auto groups = one_group({rule("High", "m > 1")});
    groups[0].interval_ms = 5000;
    World world(std::move(groups));
    CHECK(world.tick({{"m", 0}}).empty()); // at 1 s: the slot 0 s … 5 s is done
    for (int second = 2; second < 5; ++second) {
        CHECK(world.tick({{"m", 5}}).empty());
    }
    CHECK(world.tick({{"m", 5}}).size() == 1);
    CHECK(world.tick({{"m", 0}}).size() == 1); // still fires: not evaluated before 10 s
}

TEST_CASE("a_reload_keeps_the_state_of_rules_that_stay", "[rules]") {
    World world(one_group({rule("Wait", "m > 1", 2000), rule("Gone", "m > 1")}));
    CHECK(summary(world.tick({{"m", 5}})) == "{alertname=\"Gone\"} firing");
    world.engine.replace(one_group(
        {rule("Wait", "m > 1", 2000, {}, {{"text", "new words"}}), rule("New", "m > 9")}));
    CHECK(world.engine.stats().rules == 2);
    CHECK(summary(world.tick({{"m", 5}})) == "{alertname=\"Gone\"} resolved");
    const auto alerts = world.tick({{"m", 5}});
    CHECK(summary(alerts) == "{alertname=\"Wait\"} firing");
    CHECK(alerts[0].active_at == 1000);
    CHECK(alerts[0].annotations.at("text") == "new words");
}

TEST_CASE("the_alert_of_a_removed_rule_resolves_at_the_next_evaluation", "[rules]") {
    World world(one_group({rule("High", "m > 1")}));
    CHECK(world.tick({{"m", 5}}).size() == 1);
    world.engine.replace({});
    const auto alerts = world.tick({{"m", 5}});
    CHECK(summary(alerts) == "{alertname=\"High\"} resolved");
    CHECK(alerts[0].resolved_at == 2000);
    CHECK(world.tick({{"m", 5}}).empty());
}
