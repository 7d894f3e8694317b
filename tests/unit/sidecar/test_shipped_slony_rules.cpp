#include "support/shipped_rules.hpp"

#include <catch2/catch.hpp>

using namespace opsmon;

namespace {

std::string of(const std::string& more = "", const std::string& cluster = "production") {
    return "{datname=\"app\",cluster=\"" + cluster + "\"" + (more.empty() ? "" : "," + more) + "}";
}

const std::string kNode = of("node=\"2\"");

test::SeriesList dead_node() {
    return {{"slony_node_heartbeat_age_seconds" + kNode, 300},
            {"slony_node_slon_backends" + kNode, 0},
            {"slony_node_should_connect" + kNode, 1},
            {"slony_local_slon_up" + of(), 1},
            {"slony_node_backlog_bytes" + kNode, 37.0 * (1 << 30)},
            {"slony_cluster_info" + of("local_node=\"1\",version=\"2.2.11\""), 1}};
}

} // namespace

std::vector<test::Expectation> test::slony_expectations() {
    return {
        {"SlonyNodeDead",
         "critical",
         120,
         dead_node(),
         {"node 2 of production is gone and holds 37GiB in sl_log", "for 5m 0s",
          "is the machine really gone?", "drop node (id = 2, event node = 1);",
          "\"_production\".dropNode(ARRAY[2])", "opsmon.slony_remedy()"}},
        {"SlonyNodeLagging",
         "warning",
         180,
         {{"slony_node_lag_seconds" + kNode, 121}, {"slony_local_slon_up" + of(), 1}},
         {"node 2 of production is 2m 1s behind", "sl_status"}},
        {"SlonyNodeLagging",
         "critical",
         60,
         {{"slony_node_lag_seconds" + kNode, 901}, {"slony_local_slon_up" + of(), 1}},
         {"15m 1s behind"}},
        {"SlonyLocalSlonDown",
         "critical",
         120,
         {{"slony_local_slon_up" + of(), 0}},
         {"slon of production on this node", "their alerts rest", "systemctl status"}},
        {"SlonyLogSwitchStuck",
         "warning",
         60,
         {{"slony_log_switch_in_progress" + of(), 1},
          {"slony_log_switch_age_seconds" + of(), 2701}},
         {"cannot truncate its log in production", "pg_stat_activity", "pg_locks"}},
        {"SlonyRetentionHigh",
         "warning",
         300,
         {{"slony_node_backlog_bytes" + kNode, 11e9}, {"slony_local_slon_up" + of(), 1}},
         {"holds 10.24GiB in sl_log"}},
        {"SlonyDataVolumeFullSoon",
         "critical",
         125,
         {{"postgresql_volume_full_in_seconds{volume=\"data\"}", 36'000}},
         {"full in 10h", "because of Slony", "really gone?"},
         {{"slony_log_bytes" + of("table=\"sl_log_1\""), 1e6},
          {"postgresql_volume_free_bytes{volume=\"data\"}", -2e6}}},
        {"SlonyGhostNodeConnected",
         "critical",
         60,
         {{"slony_ghost_backends" + kNode, 3}},
         {"Node 2 was dropped from production", "has 3 sessions", "pg_terminate_backend"}},
        {"SlonyTopologyChanged",
         "info",
         5,
         {},
         {"have come or gone", "sl_node"},
         {{"slony_nodes" + of(), 1}}},
        {"SlonyUnreadable",
         "warning",
         600,
         {{"slony_cluster_readable" + of(), 0}},
         {"Slony cluster production cannot be read", "read.sql"}},
    };
}

TEST_CASE("what_goes_wrong_with_slony_is_told_with_what_to_type", "[rules][slony]") {
    for (const auto& expected : test::slony_expectations()) {
        test::check(expected);
    }
}

TEST_CASE("the_name_of_a_cluster_brings_no_markup_into_a_message", "[rules][slony]") {
    const std::string hostile = "x`*_ ;$(reboot)<!channel>|&'";
    const std::string node = of("node=\"2\"", hostile);
    const auto alerts = test::alerts_after(125, {{"slony_node_heartbeat_age_seconds" + node, 300},
                                                 {"slony_node_slon_backends" + node, 0},
                                                 {"slony_node_should_connect" + node, 1},
                                                 {"slony_local_slon_up" + of("", hostile), 1},
                                                 {"slony_ghost_backends" + node, 3}});
    REQUIRE(alerts.size() == 2);
    for (const auto& alert : alerts) {
        const std::string text =
            alert.annotations.at("summary") + alert.annotations.at("description");
        CHECK_THAT(text, Catch::Contains("x??_ ???reboot???channel????") &&
                             !Catch::Contains("reboot)") && !Catch::Contains("!channel"));
    }
}
