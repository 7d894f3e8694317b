#include <catch2/catch.hpp>

#include "support/shipped_rules.hpp"
#include "support/slack_config.hpp"

#include "notify/slack_message.hpp"
#include "rules/rule_file.hpp"
#include "rules/rule_test_run.hpp"
#include "web/runbooks.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <nlohmann/json.hpp>

using namespace opsmon;

namespace {

const test::SeriesList kVolumes = {
    {"postgresql_volume_full_in_seconds{volume=\"wal\"}", 7200},
    {"postgresql_volume_free_bytes{volume=\"wal\"}", 3.0 * (1ULL << 30)},
    {"postgresql_slot_retained_bytes{slot_name=\"standby_1\",slot_type=\"physical\"}",
     1.5 * (1ULL << 30)},
};

test::SeriesList with_volumes(test::SeriesList series) {
    series.insert(series.end(), kVolumes.begin(), kVolumes.end());
    return series;
}

std::vector<test::Expectation> expectations() {
    const std::string slot = "{slot_name=\"standby_1\",slot_type=\"physical\"}";
    return {
        {"ReplicationConsumerVanished",
         "critical",
         0,
         with_volumes({{"postgresql_slot_inactive_seconds" + slot, 7},
                       {"postgresql_slot_wal_since_progress_bytes" + slot, 1},
                       {"postgresql_slot_last_active_timestamp_seconds" + slot, 1667999999},
                       {"postgresql_slot_last_progress_timestamp_seconds" + slot, 1668000001},
                       {"postgresql_slot_inactive_since_timestamp_seconds" + slot, 1668000000}}),
         {"standby_1", "physical slot", "for 7s", "since 2022-11-09 13:20:00 +0000 UTC",
          "holds back 1.5GiB", "3GiB free and is full in 2h",
          "SELECT * FROM opsmon.slots WHERE slot_name = 'standby_1';",
          "SELECT pg_drop_replication_slot('standby_1'); CHECKPOINT;"}},
        {"ReplicationConsumerStalled",
         "critical",
         0,
         with_volumes({{"postgresql_slot_wal_since_progress_bytes" + slot, 300.0 * (1 << 20)},
                       {"postgresql_slot_last_progress_timestamp_seconds" + slot, -120}}),
         {"standby_1", "not moved for 2m", "300MiB of WAL was written", "holds back 1.5GiB",
          "3GiB free", "SELECT pg_drop_replication_slot('standby_1'); CHECKPOINT;"}},
        {"ReplicationSlotLost",
         "critical",
         0,
         {{"postgresql_slot_lost" + slot, 1}},
         {"standby_1", "pg_drop_replication_slot('standby_1')", "pg_basebackup"}},
        {"ReplicationSlotNearLimit",
         "critical",
         10,
         {{"postgresql_slot_safe_wal_bytes" + slot, 512.0 * (1 << 20)},
          {"postgresql_slot_retained_bytes" + slot, 3584.0 * (1 << 20)}},
         {"standby_1", "512MiB", "max_slot_wal_keep_size"}},
        {"ReplicationSlotRetainsMuch",
         "warning",
         60,
         {{"postgresql_slot_retained_bytes" + slot, 20.0 * (1ULL << 30)},
          {"postgresql_volume_free_bytes{volume=\"wal\"}", 1.0 * (1ULL << 30)}},
         {"standby_1", "20GiB", "1GiB free", "opsmon.replication"}},
        {"ReplicationConsumerGone",
         "warning",
         0,
         {{"postgresql_consumer_gone_since_timestamp_seconds{kind=\"standby\",name=\"berlin "
           "u@local\"}",
           -60}},
         {"berlin u@local has been away for 1m", "nobody has said", "opsmon.consumer_events",
          "DELETE FROM opsmon.consumers", "SET expected = false"}},
        {"ReplicationConsumerUnowned",
         "info",
         600,
         {{"postgresql_consumer_unowned{kind=\"slot\",name=\"standby_1\"}", 1},
          {"postgresql_consumer_present{kind=\"slot\",name=\"standby_1\"}", 1},
          {"postgresql_consumer_held_bytes{kind=\"slot\",name=\"standby_1\"}", 1.5 * (1 << 30)}},
         {"slot standby_1", "1.5GiB are kept for it", "opsmon.consumer_status", "SET owner"}},
        {"WALVolumeAlmostFull",
         "critical",
         10,
         with_volumes({{"postgresql_volume_size_bytes{volume=\"wal\"}", 40.0 * (1ULL << 30)}}),
         {"7.5% free", "3GiB are left", "slot standby_1: 1.5GiB", "Never delete files in pg_wal"}},
        {"WALVolumeFilling",
         "warning",
         60,
         with_volumes({{"postgresql_volume_size_bytes{volume=\"wal\"}", 15.0 * (1ULL << 30)}}),
         {"20% free", "3GiB are left", "slot standby_1: 1.5GiB"}},
        {"DataVolumeAlmostFull",
         "critical",
         60,
         {{"postgresql_volume_free_bytes{volume=\"data\"}", 1.0 * (1ULL << 30)},
          {"postgresql_volume_size_bytes{volume=\"data\"}", 20.0 * (1ULL << 30)}},
         {"5% free", "1GiB are left"}},
        {"VolumeInodesLow",
         "warning",
         60,
         {{"postgresql_volume_free_inodes{volume=\"wal\"}", 0}},
         {"wal volume has 0 inodes", "df -i"}},
        {"PostgreSQLWALSizeHigh",
         "critical",
         120,
         {{"postgresql_wal_size_bytes", 60e9}},
         {"55.88GiB"}},
        {"DiskUsageHigh",
         "warning",
         300,
         {{"system_disk_usage_percent{mount_point=\"/srv\"}", 91.26}},
         {"/srv is 91.3 % full"}},
        {"PostgreSQLDown", "critical", 15, {{"postgresql_up", 0}}, {"does not answer"}},
        {"PostgreSQLReplicationLagHigh",
         "critical",
         300,
         {{"postgresql_replication_lag_bytes{slave=\"10.0.0.7\"}", 256.0 * (1 << 20)}},
         {"10.0.0.7", "256MiB"}},
        {"ArchiverFailing",
         "critical",
         60,
         {{"postgresql_archiver_last_failed_timestamp_seconds", 1668000000},
          {"postgresql_archiver_last_archived_timestamp_seconds", 1667000000}},
         {"failed at 2022-11-09 13:20:00", "pg_stat_archiver"}},
        {"ArchiverFailing",
         "critical",
         60,
         {{"postgresql_archiver_last_failed_timestamp_seconds", 1668000000}},
         {"failed at 2022-11-09 13:20:00"}},
        {"ConnectionsNearLimit",
         "warning",
         60,
         {{"postgresql_connections{state=\"idle\"}", 90}, {"postgresql_max_connections", 100}},
         {"90 connections are idle of 100 allowed"}},
        {"StandbyReceivesNothing",
         "critical",
         60,
         {{"postgresql_receiver_state{state=\"broken stream, replay paused\"}", 1}},
         {"This standby receives no WAL: broken stream, replay paused", "opsmon.receiver"}},
        {"StandbyReceivesNothing",
         "critical",
         60,
         {{"postgresql_receiver_state{state=\"silent stream\"}", 1},
          {"postgresql_receiver_last_message_timestamp_seconds", 1668000000}},
         {"silent stream", "heard of last at 2022-11-09 13:20:00"}},
        {"SessionsBlocked",
         "warning",
         15,
         {{"postgresql_blocked_longest_seconds", 600}, {"postgresql_blocked_sessions", 7}},
         {"waited for a lock for 10m", "Sessions that wait for a lock: 7.", "opsmon.blocking"}},
        {"TransactionIdsRunningOut",
         "critical",
         300,
         {{"postgresql_wraparound_ratio{kind=\"multixact\"}", 0.625}},
         {"62.5% of the multixact ids", "opsmon.xmin_horizon", "VACUUM (FREEZE)"}},
        {"SettingCannotWork",
         "warning",
         300,
         {{"postgresql_advice{severity=\"critical\"}", 2}},
         {"2 settings cannot work", "opsmon.advice"}},
        {"ServiceDown",
         "critical",
         60,
         {{"service_health_status{service=\"api\"}", 0}},
         {"Service api does not answer"}},
        {"OpsmonCollectorFailing",
         "warning",
         30,
         {{"opsmon_collector_success{collector=\"disk\"}", 0}},
         {"Collector disk fails"}},
        {"OpsmonCollectorFailing",
         "warning",
         30,
         {{"opsmon_collector_success{collector=\"postgresql_guard\"}", 0}, {"postgresql_up", 1}},
         {"Collector postgresql_guard fails"}},
        {"OpsmonRecorderFailing",
         "warning",
         60,
         {{"opsmon_recorder_state{state=\"failing\"}", 1}},
         {"recorder_last_error"}},
        {"OpsmonVersionsApart",
         "warning",
         1800,
         {{"opsmon_versions_apart{library_version=\"0.2.0\",sql_version=\"0.1.0\"}", 1}},
         {"ALTER EXTENSION opsmon UPDATE", "opsmon 0.2.0", "restart the server"}},
        {"OpsmonRowsOmitted",
         "warning",
         60,
         {{"opsmon_omitted_rows{kind=\"slots\"}", 3}},
         {"3 slots do not fit"}},
        {"OpsmonConfigReloadFailed",
         "warning",
         0,
         {{"opsmon_config_last_reload_successful", 0}},
         {"old configuration", "check-config"}},
        {"OpsmonNotificationsFailing",
         "critical",
         60,
         {{"opsmon_notifications_total{receiver=\"team\",integration=\"slack/0\","
           "outcome=\"sent\"}",
           7}},
         {"Receiver team (slack/0) cannot be told", "/api/v2/receivers"},
         {{"opsmon_notification_requests_failed_total{receiver=\"team\","
           "integration=\"slack/0\",reason=\"refused\"}",
           1}}},
        {"OpsmonHistoryTooSmall",
         "warning",
         60,
         {{"opsmon_history_reach_seconds", 7200}},
         {"shorter than history.window", "reaches back 2h 0m 0s", "Raise history.max_memory"},
         {{"opsmon_history_samples_dropped_total", 100}}},
    };
}

} // namespace

TEST_CASE("each_shipped_rule_fires_and_says_what_to_do", "[rules]") {
    for (const auto& expected : expectations()) {
        test::check(expected);
    }
}

TEST_CASE("every_shipped_rule_has_an_expectation_here", "[rules]") {
    std::set<std::string> expected;
    for (const auto& list :
         {expectations(), test::guard_expectations(), test::host_expectations(),
          test::network_expectations(), test::probe_expectations(), test::request_expectations(),
          test::slony_expectations(), test::slony_remedy_expectations()}) {
        for (const auto& one : list) {
            expected.insert(one.alert);
        }
    }
    for (const auto& group : test::shipped_rules()) {
        for (const auto& rule : group.rules) {
            CHECK(expected.contains(rule.alert));
        }
    }
}

TEST_CASE("every_shipped_rule_has_a_severity_and_a_runbook_that_is_served", "[rules]") {
    for (const auto& group : test::shipped_rules()) {
        for (const auto& rule : group.rules) {
            CAPTURE(rule.alert);
            CHECK(web::runbook(rule.alert));
            const auto named = [](const auto& texts, const std::string& name) {
                const auto found = std::find_if(texts.begin(), texts.end(),
                                                [&](const auto& one) { return one.first == name; });
                return found == texts.end() ? std::string() : found->second.text();
            };
            CHECK_FALSE(named(rule.labels, "severity").empty());
            CHECK_THAT(named(rule.annotations, "runbook_url"),
                       Catch::EndsWith("/runbooks/" + rule.alert));
        }
    }
}

// Under the sidecar it serves the page itself; a real Prometheus has scraped it from there.
TEST_CASE("a_runbook_is_where_the_sidecar_is", "[rules]") {
    rules::Engine engine(test::shipped_rules());
    engine.set_external({{}, "https://mon.example"});
    history::History history;
    history.append(
        1000, test::points({{"postgresql_slot_lost{slot_name=\"a\"}", 1},
                            {"postgresql_slot_lost{slot_name=\"b\",instance=\"h:9788\"}", 1}}));
    std::set<std::string> links;
    for (const auto& alert : engine.evaluate_due(history, 1000, {})) {
        links.insert(alert.annotations.at("runbook_url"));
    }
    CHECK(links == std::set<std::string>{"https://mon.example/runbooks/ReplicationSlotLost",
                                         "http://h:9788/runbooks/ReplicationSlotLost"});
}

TEST_CASE("the_default_message_carries_what_a_shipped_rule_knows", "[rules][slack]") {
    const std::string slot = "{slot_name=\"standby_1\",slot_type=\"physical\"}";
    const auto alerts = test::alerts_after(
        5, with_volumes({{"postgresql_slot_inactive_seconds" + slot, 7},
                         {"postgresql_slot_wal_since_progress_bytes" + slot, 1},
                         {"postgresql_slot_last_active_timestamp_seconds" + slot, 1667999999},
                         {"postgresql_slot_last_progress_timestamp_seconds" + slot, 1668000001},
                         {"postgresql_slot_inactive_since_timestamp_seconds" + slot, 1668000000}}));
    REQUIRE(alerts.size() == 1);
    const auto sent = nlohmann::json::parse(notify::slack_message(
        test::message(alerts[0]), test::slack_config(), 10'000))["attachments"][0];
    CHECK(sent["color"] == "danger");
    CHECK(sent["title"] == "CRITICAL ReplicationConsumerVanished");
    const auto text = sent["text"].get<std::string>();
    for (const auto* part : {"holds back 1.5GiB", "standby_1", "since 2022-11-09 13:20:00",
                             "is full in 2h", "Runbook: /runbooks/ReplicationConsumerVanished",
                             "`SELECT pg_drop_replication_slot('standby_1'); CHECKPOINT;`"}) {
        CHECK_THAT(text, Catch::Contains(part));
    }
}

TEST_CASE("every_shipped_rule_has_a_test_that_users_can_run_and_passes_it", "[rules]") {
    std::set<std::string> fires;
    for (const auto& file : std::filesystem::directory_iterator(std::string(OPSMON_SOURCE_DIR) +
                                                                "/sidecar/rules/tests")) {
        const auto tests = rules::load_rule_tests(file.path());
        INFO(file.path());
        REQUIRE(tests);
        std::vector<std::string> missing;
        const auto groups = rules::load_rule_files(rules::find_rule_files(*tests, missing));
        REQUIRE((groups && missing.empty()));
        CHECK(rules::run_rule_tests(*tests, *groups) == std::vector<std::string>{});
        for (const auto& group : tests->groups) {
            for (const auto& one : group.alerts) {
                one.expected.empty() ? void() : void(fires.insert(one.alertname));
            }
        }
    }
    for (const auto& group : test::shipped_rules()) {
        for (const auto& rule : group.rules) {
            CAPTURE(rule.name());
            CHECK((rule.records() || fires.contains(rule.alert)));
        }
    }
}

TEST_CASE("no_shipped_rule_fires_on_a_healthy_system", "[rules]") {
    const std::string slot = "{slot_name=\"standby_1\",slot_type=\"physical\"}";
    const test::SeriesList healthy = {
        {"postgresql_up", 1},
        {"postgresql_slot_active" + slot, 1},
        {"postgresql_slot_lost" + slot, 0},
        {"postgresql_slot_retained_bytes" + slot, 1 << 24},
        {"postgresql_slot_safe_wal_bytes" + slot, 256 << 20}, // a small cap is no fault
        {"postgresql_slot_wal_since_progress_bytes" + slot, 1 << 20},
        {"postgresql_slot_last_progress_timestamp_seconds" + slot, 399},
        {"postgresql_slot_last_active_timestamp_seconds" + slot, 400},
        {"postgresql_volume_free_bytes{volume=\"wal\"}", 50e9},
        {"postgresql_volume_size_bytes{volume=\"wal\"}", 100e9},
        {"postgresql_volume_free_bytes{volume=\"data\"}", 50e9},
        {"postgresql_volume_size_bytes{volume=\"data\"}", 100e9},
        {"postgresql_volume_free_inodes{volume=\"wal\"}", 1e7},
        {"postgresql_wal_size_bytes", 1e9},
        {"postgresql_replication_lag_bytes{slave=\"10.0.0.7\"}", 1000},
        {"postgresql_archiver_last_failed_timestamp_seconds", 1667000000},
        {"postgresql_archiver_last_archived_timestamp_seconds", 1668000000},
        {"postgresql_connections{state=\"idle\"}", 20},
        {"postgresql_max_connections", 100},
        {"postgresql_receiver_state{state=\"streaming\"}", 1},
        {"postgresql_blocked_longest_seconds", 2},
        {"postgresql_blocked_sessions", 1},
        {"postgresql_wraparound_ratio{kind=\"xid\"}", 0.09},
        {"postgresql_advice{severity=\"critical\"}", 0},
        {"postgresql_advice{severity=\"warning\"}", 1},
        {"system_disk_usage_percent{mount_point=\"/\"}", 40},
        {"service_health_status{service=\"api\"}", 1},
        {"opsmon_collector_success{collector=\"postgresql\"}", 1},
        {"opsmon_collector_success{collector=\"disk\"}", 1},
        {"opsmon_recorder_state{state=\"recording\"}", 1},
        {"opsmon_versions_apart{library_version=\"0.2.0\",sql_version=\"0.2.0\"}", 0},
        {"opsmon_omitted_rows{kind=\"slots\"}", 0},
        {"opsmon_config_last_reload_successful", 1},
        {"postgresql_guard_rung{volume=\"wal\"}", 0},
        {"postgresql_guard_rung{volume=\"data\"}", 0},
        {"postgresql_guard_mode{mode=\"off\"}", 0},
        {"postgresql_guard_mode{mode=\"enforce\"}", 1},
        {"postgresql_guard_suspended", 0},
        {"postgresql_guard_fence", 0},
        {"postgresql_guard_fence_by_hand", 0},
        {"postgresql_guard_policies_loaded_timestamp_seconds", 399},
        {"postgresql_guard_archiver_stuck", 0},
        {"postgresql_guard_ballast_bytes{volume=\"wal\"}", 1 << 28},
        {"postgresql_guard_events_total{action=\"evict\",outcome=\"done\"}", 0},
        {"postgresql_guard_next_victim_bytes" + slot, 1 << 24},
        {"opsmon_guard_ticks_total", 400},
        {"opsmon_reclaimer_last_tick_timestamp_seconds", 399},
    };
    CHECK(test::alerts_after(400, healthy).empty());
}

TEST_CASE("labels_that_strangers_choose_bring_no_markup_into_a_message", "[rules]") {
    const std::string hostile = "/x`*_ ;$(reboot)<!channel>|&'";
    const auto alerts = test::alerts_after(
        300, {{"system_disk_usage_percent{mount_point=\"" + hostile + "\"}", 91},
              {"postgresql_replication_lag_bytes{slave=\"" + hostile + "\"}", 256.0 * (1 << 20)}});
    REQUIRE(alerts.size() == 2);
    for (const auto& alert : alerts) {
        for (const auto& [name, text] : alert.annotations) {
            if (name == "runbook_url") {
                continue; // it names the rule and nothing else
            }
            CAPTURE(text);
            CHECK_THAT(text, Catch::Contains("/x??_????reboot???channel????") &&
                                 !Catch::Contains("reboot)") && !Catch::Contains("!channel"));
        }
    }
}

TEST_CASE("a_consumer_that_is_idle_but_owes_nothing_is_no_alert", "[rules]") {
    const std::string slot = "{slot_name=\"standby_1\",slot_type=\"physical\"}";
    CHECK(test::alerts_after(60, {{"postgresql_slot_inactive_seconds" + slot, 60},
                                  {"postgresql_slot_last_active_timestamp_seconds" + slot, 1},
                                  {"postgresql_slot_wal_since_progress_bytes" + slot, 0}})
              .empty());
}

TEST_CASE("a_slot_whose_position_somebody_else_moves_is_no_alert", "[rules]") {
    const std::string slot = "{slot_name=\"member_2\",slot_type=\"physical\"}";
    const test::SeriesList moved_at_50s = {
        {"postgresql_slot_inactive_seconds" + slot, 40},
        {"postgresql_slot_inactive_since_timestamp_seconds" + slot, 20},
        {"postgresql_slot_last_progress_timestamp_seconds" + slot, 50},
        {"postgresql_slot_wal_since_progress_bytes" + slot, 300.0 * (1 << 20)}};
    CHECK(test::alerts_after(60, moved_at_50s).empty());
    auto once_active = moved_at_50s;
    once_active.emplace_back("postgresql_slot_last_active_timestamp_seconds" + slot, 19);
    CHECK(test::alerts_after(60, once_active).empty());
    // and when nobody moves it any more
    const auto alerts = test::alerts_after(120, once_active);
    REQUIRE(alerts.size() == 1);
    CHECK(alerts[0].labels.get("alertname") == "ReplicationConsumerStalled");
}

TEST_CASE("a_server_that_is_down_is_one_alert_and_not_four", "[rules]") {
    const auto alerts =
        test::alerts_after(60, {{"postgresql_up", 0},
                                {"opsmon_collector_success{collector=\"postgresql\"}", 0},
                                {"opsmon_collector_success{collector=\"postgresql_guard\"}", 0},
                                {"opsmon_collector_success{collector=\"postgresql_sampler\"}", 0}});
    REQUIRE(alerts.size() == 1);
    CHECK(alerts[0].labels.get("alertname") == "PostgreSQLDown");
}

// The promise of the project, in the worst case of every clock: 1 s until the guard samples, 2 s
// between two collections, and the condition asks for more than 5 s. Rules are judged on news.
TEST_CASE("a_vanished_consumer_is_reported_within_ten_seconds", "[rules]") {
    const std::string slot = "{slot_name=\"standby_1\",slot_type=\"physical\"}";
    TimestampMs worst_ms = 0;
    for (TimestampMs collection_phase_ms = 0; collection_phase_ms < 2000;
         collection_phase_ms += 250) {
        rules::Engine engine(test::shipped_rules());
        history::History history;
        const TimestampMs death = 100'000;
        const TimestampMs inactive_since = death + 1000;
        test::SeriesList shown;
        TimestampMs fired_at = 0;
        for (TimestampMs now = 90'000; fired_at == 0 && now < 200'000; now += 250) {
            if (now % 2000 == collection_phase_ms) {
                shown = {{"postgresql_up", 1}};
                if (now >= inactive_since) {
                    shown.emplace_back("postgresql_slot_inactive_seconds" + slot,
                                       static_cast<double>(now - inactive_since) / 1000);
                    shown.emplace_back("postgresql_slot_wal_since_progress_bytes" + slot, 8192);
                    shown.emplace_back("postgresql_slot_last_active_timestamp_seconds" + slot,
                                       static_cast<double>(death) / 1000);
                }
            }
            if (now % 1000 == 0) {
                history.append(now, test::points(shown));
                fired_at = engine.evaluate_due(history, now, {}).empty() ? 0 : now;
            }
        }
        REQUIRE(fired_at > 0);
        worst_ms = std::max(worst_ms, fired_at - death);
    }
    CAPTURE(worst_ms);
    CHECK(worst_ms <= 8'500); // and 1 s of group_wait, and the network
}
