#include <catch2/catch.hpp>

#include "collect/postgresql/postgresql_report.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

using test::series_of;

postgres::ServerRow server() {
    postgres::ServerRow row;
    row.version = "15.4";
    row.database = "app";
    row.now = 1000;
    row.max_connections = 100;
    row.extension_version = "0.1.0";
    return row;
}

postgres::ExtensionRows fresh() {
    postgres::ExtensionRows rows;
    rows.status.guard.interval = 1;
    rows.status.guard.age = 0.5;
    rows.status.sampler.interval = 10;
    rows.status.sampler.age = 3;
    return rows;
}

} // namespace

TEST_CASE("a_worker_is_stale_after_fifteen_seconds_and_three_intervals") {
    postgres::WorkerFacts facts;
    CHECK(staleness("guard", facts).find("not published anything") != std::string::npos);
    facts.interval = 10;
    facts.age = 45;
    CHECK(staleness("guard", facts).empty());
    facts.age = 45.1;
    facts.last_error = "out of cheese";
    CHECK(staleness("guard", facts).find("out of cheese") != std::string::npos);
}

TEST_CASE("the_server_is_up_even_when_the_extension_is_missing") {
    const auto report = report_server(server(), nullptr, "no extension");
    CHECK_FALSE(report.success);
    CHECK(report.error == "no extension");
    const auto series = series_of(report);
    CHECK(series.at("postgresql_up") == 1);
    CHECK(series.at("postgresql_info 15.4 0.1.0 primary") == 1);
    CHECK(series.at("postgresql_max_connections") == 100);
    CHECK_FALSE(series.contains("postgresql_timeline"));
}

TEST_CASE("versions_that_differ_are_a_metric_and_unknown_ones_are_absent") {
    postgres::ExtensionRows rows = fresh();
    for (const auto& [series, value] : series_of(report_server(server(), &rows, ""))) {
        CHECK_FALSE(series.starts_with("opsmon_versions_apart"));
    }
    rows.status.library_version = "0.1.0";
    CHECK(series_of(report_server(server(), &rows, "")).at("opsmon_versions_apart 0.1.0 0.1.0") ==
          0);
    rows.status.library_version = "0.2.0";
    CHECK(series_of(report_server(server(), &rows, "")).at("opsmon_versions_apart 0.2.0 0.1.0") ==
          1);
}

TEST_CASE("a_lost_slot_is_shown_as_lost_and_not_as_zero_bytes") {
    postgres::ExtensionRows rows = fresh();
    postgres::SlotRow slot;
    slot.slot_name = "gone";
    slot.slot_type = "physical";
    slot.wal_status = "lost";
    rows.slots = {slot};
    const auto series = series_of(report_guard(server(), rows));
    CHECK(series.at("postgresql_slot_lost gone physical") == 1);
    CHECK(series.at("postgresql_slot_active gone physical") == 0);
    CHECK_FALSE(series.contains("postgresql_slot_retained_bytes gone physical"));
    CHECK_FALSE(series.contains("postgresql_slot_inactive_seconds gone physical"));
}

TEST_CASE("an_inactive_slot_says_for_how_long") {
    postgres::ExtensionRows rows = fresh();
    postgres::SlotRow slot;
    slot.slot_name = "s";
    slot.slot_type = "logical";
    slot.inactive_since = 940;
    rows.slots = {slot};
    auto series = series_of(report_guard(server(), rows));
    CHECK(series.at("postgresql_slot_inactive_seconds s logical") == 60);
    CHECK(series.at("postgresql_slot_inactive_since_timestamp_seconds s logical") == 940);
    rows.slots[0].inactive_since = 1001; // sensed while the query ran
    CHECK(
        series_of(report_guard(server(), rows)).at("postgresql_slot_inactive_seconds s logical") ==
        0);
    rows.slots[0].active = true;
    series = series_of(report_guard(server(), rows));
    CHECK_FALSE(series.contains("postgresql_slot_inactive_seconds s logical"));
}

TEST_CASE("all_the_slots_that_the_guard_knows_are_shown") {
    postgres::ExtensionRows rows = fresh();
    for (int i = 0; i < 1024; ++i) {
        postgres::SlotRow slot;
        slot.slot_name = "slot_" + std::to_string(i);
        slot.slot_type = "logical";
        slot.active = i % 2 == 0;
        slot.inactive_since = slot.last_active_at = slot.last_progress_at = 940;
        slot.retained_bytes = slot.wal_since_progress_bytes = slot.safe_wal_bytes = 1;
        rows.slots.push_back(slot);
    }
    const auto report = report_guard(server(), rows);
    CHECK(report.samples.dropped_limit() == 0);
    CHECK(series_of(report).contains("postgresql_slot_active slot_1023 logical"));
}

TEST_CASE("wal_written_counts_on_a_primary_only") {
    postgres::ExtensionRows rows = fresh();
    rows.wal.emplace_back();
    rows.wal[0].current_lsn_bytes = 5e9;
    CHECK(series_of(report_guard(server(), rows)).at("postgresql_wal_written_bytes_total") == 5e9);
    postgres::ServerRow standby = server();
    standby.in_recovery = true;
    CHECK_FALSE(
        series_of(report_guard(standby, rows)).contains("postgresql_wal_written_bytes_total"));
}

TEST_CASE("shows_the_guards_verdict_and_no_forecast_where_there_is_none") {
    postgres::ExtensionRows rows = fresh();
    rows.volumes = {{"wal", 100, 50, 10, 60, 1, 7200},
                    {"data", 100, 50, 10, {}, {}, {}}}; // the guard is off
    const auto series = series_of(report_guard(server(), rows));
    CHECK(series.at("postgresql_guard_rung wal") == 1);
    CHECK(series.at("postgresql_volume_usable_bytes wal") == 60);
    CHECK(series.at("postgresql_volume_full_in_seconds wal") == 7200);
    CHECK_FALSE(series.contains("postgresql_guard_rung data"));
    CHECK_FALSE(series.contains("postgresql_volume_full_in_seconds data"));
}

TEST_CASE("a_stale_guard_shows_nothing_and_fails") {
    postgres::ExtensionRows rows = fresh();
    rows.volumes = {{"wal", 100, 50, 10, 60, 1, 7200}};
    CHECK(series_of(report_guard(server(), rows)).at("postgresql_volume_usable_bytes wal") == 60);
    rows.status.guard.age = 1000;
    const auto report = report_guard(server(), rows);
    CHECK_FALSE(report.success);
    CHECK(report.samples.samples().empty());
}

TEST_CASE("lag_that_is_not_known_is_absent") {
    postgres::ExtensionRows rows = fresh();
    postgres::SenderRow sender;
    sender.client_address = "10.0.0.1";
    sender.consumer = "standby_1";
    rows.senders = {sender};
    StandbyIdentity identity;
    const auto series = series_of(report_sampler(rows, identity));
    CHECK_FALSE(series.contains("postgresql_replication_lag_bytes 10.0.0.1"));
    CHECK(series.at("postgresql_replication_info 10.0.0.1 standby_1    ") == 1);
}

TEST_CASE("the_lag_in_seconds_of_a_silent_standby_is_not_shown") {
    postgres::ExtensionRows rows = fresh();
    postgres::SenderRow sender;
    sender.consumer = "s";
    sender.lag_bytes = 7;
    sender.replay_lag = 0.5;
    sender.reply_age = 59;
    rows.senders = {sender};
    StandbyIdentity identity;
    auto series = series_of(report_sampler(rows, identity));
    CHECK(series.at("postgresql_replication_replay_lag_seconds s") == 0.5);
    rows.senders[0].reply_age = 60;
    series = series_of(report_sampler(rows, identity));
    CHECK_FALSE(series.contains("postgresql_replication_replay_lag_seconds s"));
    CHECK(series.at("postgresql_replication_lag_bytes s") == 7);
}

TEST_CASE("backends_without_a_state_are_counted_as_null") {
    postgres::ExtensionRows rows = fresh();
    rows.activity = {{"active", 3}, {std::nullopt, 6}};
    StandbyIdentity identity;
    const auto series = series_of(report_sampler(rows, identity));
    CHECK(series.at("postgresql_connections active") == 3);
    CHECK(series.at("postgresql_connections null") == 6);
}
