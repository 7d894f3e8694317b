#include <catch2/catch.hpp>

#include <map>

#include "collect/postgresql/postgresql_live.hpp"
#include "metrics/catalog.hpp"
#include "support/report_series.hpp"

using namespace opsmon;
using namespace opsmon::collect;

namespace {

std::map<std::string, double> series_of(const postgres::LiveRows& rows) {
    metrics::SampleList list;
    add_live(list, rows);
    return test::series_of(list);
}

} // namespace

TEST_CASE("a_moment_in_which_nothing_is_wrong_has_counts_and_no_durations") {
    postgres::LiveRows rows;
    rows.moment.emplace_back();
    rows.moment[0].slow_queries = 0;
    rows.moment[0].blocked_sessions = 0;
    rows.moment[0].xid_used = 0.25;
    rows.moment[0].mxid_used = 0;
    const auto series = series_of(rows);
    CHECK(series.size() == 4);
    CHECK(series.at("postgresql_slow_queries") == 0);
    CHECK(series.at("postgresql_blocked_sessions") == 0);
    CHECK(series.at("postgresql_wraparound_ratio xid") == 0.25);
    CHECK(series.at("postgresql_wraparound_ratio multixact") == 0);
}

TEST_CASE("a_standby_that_receives_nothing_has_a_state_and_no_lag") {
    postgres::LiveRows rows;
    rows.receiver.push_back({"broken stream", false, std::nullopt, std::nullopt, 0, std::nullopt});
    const auto series = series_of(rows);
    CHECK(series.at("postgresql_receiver_state broken stream") == 1);
    CHECK(series.at("postgresql_receiver_replay_paused") == 0);
    CHECK(series.at("postgresql_receiver_not_replayed_bytes") == 0);
    CHECK(series.count("postgresql_receiver_lag_bytes") == 0);
    CHECK(series.count("postgresql_receiver_lag_seconds") == 0);
}

TEST_CASE("horizons_and_advice_go_by_kind_and_severity") {
    postgres::LiveRows rows;
    rows.moment.emplace_back();
    rows.moment[0].slow_query_longest = 61;
    rows.moment[0].blocked_longest = 7;
    rows.moment[0].idle_in_transaction_longest = 3600;
    rows.horizons = {{"session", 700}, {"slot (catalogs only)", 9000}};
    rows.receiver.push_back({"streaming", true, 4096, 0.5, 16, 990});
    rows.advice = {{"critical", 1}, {"warning", 0}};
    const auto series = series_of(rows);
    CHECK(series.at("postgresql_slow_query_longest_seconds") == 61);
    CHECK(series.at("postgresql_blocked_longest_seconds") == 7);
    CHECK(series.at("postgresql_idle_in_transaction_longest_seconds") == 3600);
    CHECK(series.at("postgresql_xmin_age_transactions session") == 700);
    CHECK(series.at("postgresql_xmin_age_transactions slot (catalogs only)") == 9000);
    CHECK(series.at("postgresql_receiver_replay_paused") == 1);
    CHECK(series.at("postgresql_receiver_lag_bytes") == 4096);
    CHECK(series.at("postgresql_receiver_lag_seconds") == 0.5);
    CHECK(series.at("postgresql_receiver_last_message_timestamp_seconds") == 990);
    CHECK(series.at("postgresql_advice critical") == 1);
    CHECK(series.at("postgresql_advice warning") == 0);
}
