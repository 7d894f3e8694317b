#include <catch2/catch.hpp>

#include "collect/slony/slony_report.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

postgres::SlonyNodeRow node(int id) {
    postgres::SlonyNodeRow row;
    row.node = id;
    row.comment = "reports";
    row.subscriptions = 1;
    row.providers = {1};
    row.lag_events = 4;
    row.lag_seconds = 2.5;
    row.heartbeat_age = 1.5;
    row.should_connect = true;
    row.slon_backends = 3;
    row.backlog_bytes = 1000;
    row.held_bytes = 400;
    return row;
}

postgres::SlonyRows cluster(const std::string& database, const std::string& name) {
    postgres::SlonyRows rows;
    rows.found.database = database;
    rows.found.schema = "_" + name;
    rows.found.cluster = name;
    rows.found.version = "2.2.11";
    rows.found.readable = true;
    rows.local.node = 1;
    rows.local.is_origin = true;
    rows.local.slon_backends = 1;
    rows.local.event_age = 0.5;
    rows.local.log_status = 2;
    rows.local.switch_age = 90;
    rows.local.log_1_bytes = 3000;
    rows.local.log_2_bytes = 1000;
    rows.local.action_sequence = 77;
    rows.local.nodes = 2;
    rows.nodes = {node(2)};
    return rows;
}

UnreadableSlony unreadable(const std::string& database, const std::string& name,
                           const std::string& why) {
    UnreadableSlony out;
    out.database = database;
    out.cluster = name;
    out.why = why;
    return out;
}

bool silent(const CollectorReport& report, const std::string& label, const std::string& value) {
    for (const SilentTarget& target : report.silent) {
        if (target.label == label && target.value == value) {
            return true;
        }
    }
    return false;
}

} // namespace

TEST_CASE("a_server_without_slony_has_no_series_and_no_failure", "[slony]") {
    const auto report = report_slony({});
    CHECK(report.success);
    CHECK(report.collector == "slony");
    CHECK(report.samples.samples().empty());
}

TEST_CASE("a_cluster_is_shown_with_its_logs_and_each_node", "[slony]") {
    SlonyView view;
    view.clusters = {cluster("app", "production")};
    view.clusters[0].ghosts = {{9, 2}};
    const auto report = report_slony(view);
    CHECK(report.success);
    const auto series = test::series_of(report);
    CHECK(series.at("slony_cluster_info app production 1 2.2.11") == 1);
    CHECK(series.at("slony_cluster_readable app production") == 1);
    CHECK(series.at("slony_database_readable app") == 1);
    CHECK(series.at("slony_local_slon_up app production") == 1);
    CHECK(series.at("slony_log_switch_in_progress app production") == 1);
    CHECK(series.at("slony_log_bytes app production sl_log_1") == 3000);
    CHECK(series.at("slony_cluster_log_bytes app production") == 4000);
    CHECK(series.at("slony_action_sequence_total app production") == 77);
    CHECK(series.at("slony_nodes app production") == 2);
    CHECK(series.at("slony_nodes_omitted app production") == 1);
    CHECK(series.at("slony_node_info app production 2 reports") == 1);
    CHECK(series.at("slony_node_provider app production 2 1") == 1);
    CHECK(series.at("slony_node_lag_seconds app production 2") == 2.5);
    CHECK(series.at("slony_node_heartbeat_age_seconds app production 2") == 1.5);
    CHECK(series.at("slony_node_slon_backends app production 2") == 3);
    CHECK(series.at("slony_node_held_bytes app production 2") == 400);
    CHECK(series.at("slony_ghost_backends app production 9") == 2);
}

TEST_CASE("what_is_not_known_of_a_node_is_absent", "[slony]") {
    SlonyView view;
    view.clusters = {cluster("app", "production")};
    auto& local = view.clusters[0].nodes[0];
    local.is_local = true;
    local.lag_events.reset();
    local.lag_seconds.reset();
    local.held_bytes.reset();
    const auto series = test::series_of(report_slony(view));
    CHECK_FALSE(series.contains("slony_node_lag_seconds app production 2"));
    CHECK_FALSE(series.contains("slony_node_lag_events app production 2"));
    CHECK_FALSE(series.contains("slony_node_held_bytes app production 2"));
}

TEST_CASE("a_node_that_was_never_heard_of_is_as_old_as_what_waits_for_it", "[slony]") {
    SlonyView view;
    view.clusters = {cluster("app", "production")};
    auto& never = view.clusters[0].nodes[0];
    never.heartbeat_age.reset();
    never.never_confirmed = true;
    never.lag_seconds = 900;
    CHECK(test::series_of(report_slony(view))
              .at("slony_node_heartbeat_age_seconds app production 2") == 900);
    never.never_confirmed = false; // it was, and nothing of it is left: that says nothing
    CHECK_FALSE(test::series_of(report_slony(view))
                    .contains("slony_node_heartbeat_age_seconds app production 2"));
}

TEST_CASE("on_a_standby_nothing_is_said_of_who_is_connected", "[slony]") {
    SlonyView view;
    view.clusters = {cluster("app", "production")};
    view.clusters[0].found.standby = true;
    view.clusters[0].local.slon_backends = 0;
    const auto series = test::series_of(report_slony(view));
    CHECK(series.at("slony_cluster_standby app production") == 1);
    CHECK_FALSE(series.contains("slony_local_slon_up app production"));
    CHECK_FALSE(series.contains("slony_local_event_age_seconds app production"));
    CHECK_FALSE(series.contains("slony_node_slon_backends app production 2"));
    CHECK(series.at("slony_node_held_bytes app production 2") == 400);
}

TEST_CASE("a_cluster_that_may_not_be_read_is_told_and_holds_its_alerts", "[slony]") {
    SlonyView view;
    view.clusters = {cluster("app", "production")};
    view.unreadable = {unreadable("billing", "Billing2", "permission denied")};
    view.unreadable[0].log_bytes = 32768;
    const auto report = report_slony(view);
    CHECK(report.success); // the other cluster is known
    const auto series = test::series_of(report);
    CHECK(series.at("slony_cluster_readable billing Billing2") == 0);
    CHECK(series.at("slony_cluster_log_bytes billing Billing2") == 32768);
    CHECK(series.at("slony_database_readable billing") == 1);
    CHECK(silent(report, "cluster", "Billing2"));
    CHECK(silent(report, "datname", "billing"));
    CHECK_FALSE(silent(report, "datname", "app"));
}

TEST_CASE("a_database_that_lets_nobody_look_is_unknown_and_no_failure", "[slony]") {
    SlonyView view;
    view.unreadable = {unreadable("secret", "", "permission denied for database")};
    view.unreadable[0].no_answer = true;
    view.unreadable[0].slon_backends = 4;
    const auto report = report_slony(view);
    CHECK(report.success);
    const auto series = test::series_of(report);
    CHECK(series.at("slony_database_readable secret") == 0);
    CHECK(series.at("slony_database_slon_backends secret") == 4);
    CHECK(silent(report, "datname", "secret"));
}

TEST_CASE("a_database_with_a_cluster_that_gives_no_answer_is_a_failure", "[slony]") {
    SlonyView view;
    view.unreadable = {unreadable("app", "production", "cannot connect: refused")};
    view.unreadable[0].no_answer = true;
    const auto report = report_slony(view);
    CHECK_FALSE(report.success);
    CHECK_THAT(report.error, Catch::Contains("database app: cannot connect"));
}

TEST_CASE("of_very_many_nodes_some_are_shown_and_the_rest_is_counted", "[slony]") {
    SlonyView view;
    view.clusters = {cluster("app", "a"), cluster("app", "b")};
    for (auto& rows : view.clusters) {
        rows.nodes.clear();
        for (int id = 1; id <= 60; ++id) {
            rows.nodes.push_back(node(id));
        }
        rows.local.nodes = 60;
    }
    view.databases_omitted = 7;
    view.clusters_omitted = 2;
    const auto report = report_slony(view);
    const auto series = test::series_of(report);
    CHECK(series.at("slony_nodes_omitted app a") == 0);
    CHECK(series.at("slony_nodes_omitted app b") == 40);
    CHECK(series.at("slony_databases_omitted") == 7);
    CHECK(series.at("slony_clusters_omitted") == 2);
    CHECK(report.samples.dropped_limit() == 0);
}
