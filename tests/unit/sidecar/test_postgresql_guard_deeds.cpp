#include <catch2/catch.hpp>

#include <map>

#include "collect/postgresql/postgresql_guard_deeds.hpp"
#include "collect/postgresql/postgresql_report.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

using test::series_of;

std::map<std::string, double> deeds_of(const postgres::GuardRows& rows) {
    metrics::SampleList out;
    add_guard_deeds(out, rows);
    return series_of(out);
}

std::map<std::string, double> deeds_of(const postgres::GuardStateRow& state) {
    postgres::GuardRows rows;
    rows.state = {state};
    return deeds_of(rows);
}

postgres::ExtensionRows fresh() {
    postgres::ExtensionRows rows;
    rows.status.guard.interval = 1;
    rows.status.guard.age = 0.5;
    return rows;
}

} // namespace

TEST_CASE("a_guard_of_which_nothing_is_known_has_no_series_at_all") {
    CHECK(deeds_of(postgres::GuardRows{}).empty());
}

TEST_CASE("one_mode_is_in_force_and_the_others_are_zero") {
    postgres::GuardStateRow state;
    state.mode = "observe";
    auto series = deeds_of(state);
    CHECK(series.at("postgresql_guard_mode observe") == 1);
    CHECK(series.at("postgresql_guard_mode off") == 0);
    CHECK(series.at("postgresql_guard_mode enforce") == 0);
    state.mode = std::nullopt;
    CHECK_FALSE(deeds_of(state).contains("postgresql_guard_mode observe"));
}

TEST_CASE("a_suspension_says_until_when_and_one_that_is_over_does_not") {
    postgres::GuardStateRow state;
    state.suspended_until = 500;
    auto series = deeds_of(state);
    CHECK(series.at("postgresql_guard_suspended") == 0);
    CHECK_FALSE(series.contains("postgresql_guard_suspended_until_timestamp_seconds"));
    state.suspended = true;
    series = deeds_of(state);
    CHECK(series.at("postgresql_guard_suspended") == 1);
    CHECK(series.at("postgresql_guard_suspended_until_timestamp_seconds") == 500);
}

TEST_CASE("the_fence_is_a_number_and_an_unknown_one_is_absent") {
    postgres::GuardStateRow state;
    state.fence_since = 400;
    state.fence = "down";
    auto series = deeds_of(state);
    CHECK(series.at("postgresql_guard_fence") == 0);
    CHECK_FALSE(series.contains("postgresql_guard_fence_since_timestamp_seconds"));
    state.fence = "writers";
    state.fence_by_hand = true;
    series = deeds_of(state);
    CHECK(series.at("postgresql_guard_fence") == 1);
    CHECK(series.at("postgresql_guard_fence_by_hand") == 1);
    CHECK(series.at("postgresql_guard_fence_since_timestamp_seconds") == 400);
    state.fence = "everything";
    CHECK(deeds_of(state).at("postgresql_guard_fence") == 2);
    state.fence = "something new";
    CHECK_FALSE(deeds_of(state).contains("postgresql_guard_fence"));
    state.fence = std::nullopt;
    CHECK_FALSE(deeds_of(state).contains("postgresql_guard_fence"));
}

TEST_CASE("what_the_fence_did_is_counted") {
    postgres::GuardStateRow state;
    state.refused_statements = 12;
    state.cancelled_statements = 3;
    state.held_commits = 1;
    const auto series = deeds_of(state);
    CHECK(series.at("postgresql_guard_refused_statements_total") == 12);
    CHECK(series.at("postgresql_guard_cancelled_statements_total") == 3);
    CHECK(series.at("postgresql_guard_held_commits_total") == 1);
}

TEST_CASE("a_missing_ballast_is_zero_and_one_nobody_wants_is_absent") {
    postgres::GuardStateRow state;
    state.ballast_wal_bytes = 0;
    state.archiver_stuck = 1;
    state.policies_loaded_at = 900;
    const auto series = deeds_of(state);
    CHECK(series.at("postgresql_guard_ballast_bytes wal") == 0);
    CHECK_FALSE(series.contains("postgresql_guard_ballast_bytes data"));
    CHECK(series.at("postgresql_guard_archiver_stuck") == 1);
    CHECK(series.at("postgresql_guard_policies_loaded_timestamp_seconds") == 900);
}

TEST_CASE("events_that_never_happened_are_zero_and_have_no_time") {
    postgres::GuardRows rows;
    rows.events = {{"evict", "done", 2, 990}, {"fence", "done", 0, std::nullopt}};
    const auto series = deeds_of(rows);
    CHECK(series.at("postgresql_guard_events_total evict done") == 2);
    CHECK(series.at("postgresql_guard_last_event_timestamp_seconds evict done") == 990);
    CHECK(series.at("postgresql_guard_events_total fence done") == 0);
    CHECK_FALSE(series.contains("postgresql_guard_last_event_timestamp_seconds fence done"));
}

TEST_CASE("a_consumer_that_was_taken_is_named") {
    postgres::GuardRows rows;
    rows.evictions = {{"old", "done", 990, 4096}, {"next", "failed", 995, std::nullopt}};
    rows.next_victim = {{"next", 2048}};
    const auto series = deeds_of(rows);
    CHECK(series.at("postgresql_guard_eviction_timestamp_seconds old done") == 990);
    CHECK(series.at("postgresql_guard_eviction_held_bytes old done") == 4096);
    CHECK(series.at("postgresql_guard_eviction_timestamp_seconds next failed") == 995);
    CHECK_FALSE(series.contains("postgresql_guard_eviction_held_bytes next failed"));
    CHECK(series.at("postgresql_guard_next_victim_bytes next") == 2048);
}

TEST_CASE("holders_that_are_not_shown_are_counted") {
    postgres::GuardRows rows;
    rows.holders = {{"slot", "standby_1", 4096, 1024, 23}, {"archiver", "", 2048, 0, 23}};
    const auto series = deeds_of(rows);
    CHECK(series.at("postgresql_wal_held_bytes") == 4096);
    CHECK(series.at("postgresql_wal_holder_bytes slot standby_1") == 4096);
    CHECK(series.at("postgresql_wal_holder_marginal_bytes slot standby_1") == 1024);
    CHECK(series.at("postgresql_wal_holder_bytes archiver ") == 2048);
    CHECK(series.at("postgresql_wal_holders_omitted") == 21);
}

TEST_CASE("what_a_stale_guard_last_said_of_itself_is_not_shown") {
    postgres::ExtensionRows rows = fresh();
    rows.guard.state.emplace_back();
    rows.guard.state[0].mode = "enforce";
    const postgres::ServerRow server;
    CHECK(series_of(report_guard(server, rows).samples).contains("postgresql_guard_mode enforce"));
    rows.status.guard.age = 1000;
    CHECK(report_guard(server, rows).samples.samples().empty());
}

TEST_CASE("the_guards_helpers_are_shown_even_when_the_guard_is_stale") {
    postgres::ExtensionRows rows = fresh();
    rows.status.guard.age = 1000;
    rows.guard.state.emplace_back();
    rows.guard.state[0].reclaimer_last_tick_at = 999;
    rows.guard.state[0].reports_lost = 2;
    rows.guard.state[0].policies_omitted = 5;
    const auto series = series_of(report_server(postgres::ServerRow{}, &rows, "").samples);
    CHECK(series.at("opsmon_reclaimer_last_tick_timestamp_seconds") == 999);
    CHECK(series.at("opsmon_guard_reports_lost_total") == 2);
    CHECK(series.at("opsmon_omitted_rows policies") == 5);
}
