#include <catch2/catch.hpp>

#include "support/shipped_rules.hpp"

#include <set>

using namespace opsmon;

namespace {

constexpr double kGiB = 1ULL << 30;

// What the guard shows when a dead standby holds most of the WAL.
test::SeriesList with_guard(const char* mode, test::SeriesList series) {
    const test::SeriesList guard = {
        {"postgresql_guard_mode{mode=\"" + std::string(mode) + "\"}", 1},
        {"postgresql_guard_suspended", 0},
        {"postgresql_guard_policies_loaded_timestamp_seconds", 0},
        {"postgresql_volume_usable_bytes{volume=\"wal\"}", 3 * kGiB},
        {"postgresql_volume_size_bytes{volume=\"wal\"}", 40 * kGiB},
        {"postgresql_volume_full_in_seconds{volume=\"wal\"}", 7200},
        {"postgresql_wal_held_bytes", 30 * kGiB},
        {"postgresql_wal_holder_bytes{holder=\"slot\",name=\"standby_1\"}", 30 * kGiB},
        {"postgresql_wal_holder_bytes{holder=\"crash recovery\",name=\"\"}", 1 * kGiB},
        {"postgresql_wal_holder_marginal_bytes{holder=\"slot\",name=\"standby_1\"}", 29 * kGiB},
        {"postgresql_wal_holder_marginal_bytes{holder=\"crash recovery\",name=\"\"}", 0},
        {"postgresql_guard_next_victim_bytes{slot_name=\"standby_1\"}", 29 * kGiB},
    };
    series.insert(series.end(), guard.begin(), guard.end());
    return series;
}

test::SeriesList suspended(test::SeriesList series) {
    for (auto& [name, value] : series) {
        value = name == "postgresql_guard_suspended" ? 1 : value;
    }
    return series;
}

std::string evicted(const char* outcome) {
    return "{slot_name=\"standby_1\",outcome=\"" + std::string(outcome) + "\"}";
}

std::string happened(const char* action, const char* outcome) {
    return "postgresql_guard_last_event_timestamp_seconds{action=\"" + std::string(action) +
           "\",outcome=\"" + outcome + "\"}";
}

} // namespace

std::vector<test::Expectation> test::guard_expectations() {
    const std::string rung_of_wal = "postgresql_guard_rung{volume=\"wal\"}";
    const std::string eviction = "postgresql_guard_eviction_timestamp_seconds";
    const std::string protect = "INSERT INTO opsmon.consumers (name, policy) VALUES ('standby_1', "
                                "'protect') ON CONFLICT (kind, name) DO UPDATE";
    return {
        {"GuardWatch",
         "warning",
         10,
         with_guard("observe", {{rung_of_wal, 1}}),
         {"wal volume is filling", "3GiB can still be written on a volume of 40GiB",
          "full in 2h 0m 0s", "slot standby_1: 30GiB; 29GiB come free", "only tells",
          "slot standby_1, which frees 29GiB", "opsmon.guard_plan",
          "SELECT * FROM opsmon.evict('standby_1');", protect}},
        {"GuardWatch",
         "warning",
         10,
         {{"postgresql_guard_rung{volume=\"tablespace:16401\"}", 1},
          {"postgresql_volume_usable_bytes{volume=\"tablespace:16401\"}", 2 * kGiB}},
         {"tablespace:16401 volume is filling", "2GiB can still be written.", "pg_tablespace"}},
        {"GuardWatch",
         "warning",
         10,
         {{rung_of_wal, 1},
          {"postgresql_wal_held_bytes", 2 * kGiB},
          {"postgresql_wal_holder_bytes{holder=\"archiver\"}", 2 * kGiB},
          {"postgresql_wal_holder_bytes{holder=\"wal_keep_size\"}", 2 * kGiB},
          {"postgresql_wal_holder_bytes{holder=\"crash recovery\"}", 2 * kGiB},
          {"postgresql_wal_holder_marginal_bytes{holder=\"archiver\"}", 1},
          {"postgresql_wal_holder_marginal_bytes{holder=\"wal_keep_size\"}", 1},
          {"postgresql_wal_holder_marginal_bytes{holder=\"crash recovery\"}", 1},
          {"postgresql_wal_holders_omitted", 3}},
         {"archiver: 2GiB", "pg_stat_archiver", "ALTER SYSTEM SET wal_keep_size", "`CHECKPOINT;`",
          "and 3 that hold less", "no consumer that it may take"}},
        {"GuardRelieve",
         "warning",
         10,
         with_guard("enforce", {{rung_of_wal, 2},
                                {happened("checkpoint", "done"), -60},
                                {happened("rung", "decided"), 0}}),
         {"a checkpoint is due", "The guard acts", "standby_1", "ago checkpoint: done"}},
        {"GuardEvict",
         "critical",
         20,
         with_guard("enforce", {{rung_of_wal, 3}, {eviction + evicted("failed"), -60}}),
         {"and no room could be made", "ago slot standby_1 could not be taken"}},
        {"GuardEvict",
         "critical",
         20,
         with_guard("observe", {{rung_of_wal, 3}}),
         {"a consumer would be taken now", "only tells", "standby_1"}},
        {"GuardEvict",
         "critical",
         20,
         {{rung_of_wal, 3}, {"postgresql_guard_next_victim_bytes{slot_name=\"one_of_two\"}", 0}},
         {"slot one_of_two, and others as old as it"}},
        {"GuardEvict",
         "critical",
         20,
         suspended(with_guard("enforce", {{rung_of_wal, 3}})),
         {"a consumer would be taken now", "is suspended and only tells"}},
        {"GuardFence",
         "critical",
         0,
         with_guard("enforce", {{rung_of_wal, 5},
                                {"postgresql_guard_fence", 1},
                                {"postgresql_guard_fence_since_timestamp_seconds", 1668000000},
                                {"postgresql_guard_refused_statements_total", 12}}),
         {"Writes are stopped: the wal volume has 3GiB left", "since 2022-11-09 13:20:00",
          "Statements that write are refused; reading goes on", "goes on by itself",
          "12 statements", "ballast", "slot standby_1: 30GiB", "opsmon.evict('standby_1')"}},
        {"GuardFence",
         "critical",
         0,
         with_guard("enforce", {{rung_of_wal, 4}, {"postgresql_guard_fence", 2}}),
         {"Every statement that is not exempt is refused"}},
        {"GuardFence",
         "critical",
         0,
         with_guard("observe", {{rung_of_wal, 4}, {"postgresql_guard_fence", 0}}),
         {"Writes would be stopped now", "let it only tell", "slot standby_1: 30GiB"}},
        {"GuardFence",
         "critical",
         0,
         with_guard(
             "enforce",
             {{rung_of_wal, 4}, {"postgresql_in_recovery", 1}, {"postgresql_guard_fence", 0}}),
         {"This is a standby"}},
        {"GuardFence",
         "critical",
         0,
         {{"postgresql_guard_rung{volume=\"data\"}", 4},
          {"postgresql_guard_fence", 1},
          {"postgresql_volume_usable_bytes{volume=\"data\"}", 1 << 26}},
         {"the data volume has 64MiB left", "pg_database_size", "TRUNCATE"}},
        {"GuardFenceLifted",
         "info",
         0,
         {{happened("fence lifted", "done"), 0},
          {"postgresql_guard_refused_statements_total", 12},
          {"postgresql_guard_cancelled_statements_total", 3},
          {"postgresql_guard_held_commits_total", 2}},
         {"were stopped for a while", "12 statements were refused, 3 cancelled, 2 commits held",
          "opsmon.guard_events"}},
        {"GuardFenceByHand",
         "warning",
         0,
         {{"postgresql_guard_fence_by_hand", 1},
          {"postgresql_guard_fence", 1},
          {"postgresql_guard_fence_since_timestamp_seconds", 1668000000}},
         {"by hand", "since 2022-11-09 13:20:00", "SELECT opsmon.fence(false);"}},
        {"GuardEvicted",
         "critical",
         0,
         {{eviction + evicted("done"), -120},
          {"postgresql_guard_eviction_held_bytes" + evicted("done"), 30 * kGiB},
          {"postgresql_volume_usable_bytes{volume=\"wal\"}", 33 * kGiB}},
         {"standby_1 was taken", "2m", "30GiB of WAL", "room for 33GiB", "pg_basebackup",
          "pg_create_physical_replication_slot('standby_1', true)", "new copy of its tables",
          "target = 'standby_1'", protect}},
        {"GuardWouldEvict",
         "warning",
         0,
         {{eviction + evicted("would"), -120},
          {"postgresql_guard_eviction_held_bytes" + evicted("would"), 30 * kGiB}},
         {"standby_1 would have been taken", "30GiB of WAL", "opsmon.evict('standby_1')",
          "ALTER SYSTEM SET opsmon.guard = 'enforce'", protect}},
        {"ArchiverStuck",
         "critical",
         10,
         {{"postgresql_guard_archiver_stuck", 1},
          {"postgresql_wal_holder_bytes{holder=\"archiver\"}", 5 * kGiB},
          {"postgresql_volume_usable_bytes{volume=\"wal\"}", 3 * kGiB},
          {"postgresql_volume_full_in_seconds{volume=\"wal\"}", 7200},
          {"postgresql_archiver_last_failed_timestamp_seconds", 100},
          {"postgresql_archiver_last_archived_timestamp_seconds", 200}},
         {"none is archived", "5GiB of WAL wait", "room for 3GiB and is full in 2h",
          "SHOW archive_command"}},
        {"GuardBallastMissing",
         "warning",
         600,
         {{"postgresql_guard_ballast_bytes{volume=\"wal\"}", 0},
          {"postgresql_guard_mode{mode=\"enforce\"}", 1},
          {rung_of_wal, 0}},
         {"no ballast on the wal volume", "SHOW opsmon.ballast_size"}},
        {"GuardNotActing",
         "warning",
         3600,
         {{"postgresql_guard_mode{mode=\"off\"}", 1}},
         {"has been off for an hour", "opsmon.guard = 'observe'"}},
        {"GuardNotActing",
         "warning",
         3600,
         {{"postgresql_guard_suspended", 1},
          {"postgresql_guard_policies_loaded_timestamp_seconds", 3600},
          {"postgresql_guard_suspended_until_timestamp_seconds", 1668000000}},
         {"suspended for an hour", "until 2022-11-09 13:20:00", "opsmon.guard_suspend('0')"}},
        {"GuardPoliciesNotLoaded",
         "warning",
         120,
         {{"postgresql_guard_suspended", 0}},
         {"has never been read", "takes nobody", "pg_locks"}},
        {"GuardPoliciesNotLoaded",
         "warning",
         120,
         {{"postgresql_guard_suspended", 0},
          {"postgresql_guard_policies_loaded_timestamp_seconds", -180}},
         {"was last read at 1969-12-31 23:57:00"}},
        {"GuardReclaimerStuck",
         "warning",
         10,
         {{"opsmon_guard_ticks_total", 7}, {"opsmon_reclaimer_last_tick_timestamp_seconds", -120}},
         {"does not answer", "since 1969-12-31 23:58:00", "pg_terminate_backend(reclaimer_pid)"}},
        {"GuardReclaimerStuck",
         "warning",
         10,
         {{"opsmon_guard_ticks_total", 7}},
         {"not been heard of for two minutes: it hangs"}},
        {"OpsmonDrill",
         "info",
         0,
         {{happened("drill", "done"), 0}},
         {"A drill went well", "resolves by itself"}},
        {"OpsmonDrill", "info", 0, {{happened("drill", "failed"), 0}}, {"A drill failed"}},
    };
}

TEST_CASE("each_shipped_rule_of_the_guard_fires_and_says_what_to_do", "[rules]") {
    for (const auto& expected : test::guard_expectations()) {
        test::check(expected);
    }
}

TEST_CASE("a_volume_on_the_ladder_is_one_alert_at_each_rung", "[rules]") {
    const char* alert_at[] = {nullptr,      "GuardWatch", "GuardRelieve",
                              "GuardEvict", "GuardFence", "GuardFence"};
    for (std::size_t rung = 0; rung < std::size(alert_at); ++rung) {
        CAPTURE(rung);
        auto series = with_guard("enforce", {{"postgresql_guard_rung{volume=\"wal\"}", rung},
                                             {"postgresql_volume_free_bytes{volume=\"wal\"}", 1}});
        const auto alerts = test::alerts_after(60, series);
        REQUIRE(alerts.size() == (rung == 0 ? 0 : 1));
        if (rung > 0) {
            CHECK(alerts[0].labels.get("alertname") == alert_at[rung]);
        }
    }
}

TEST_CASE("a_full_data_volume_under_the_fence_is_one_critical_message", "[rules]") {
    const test::SeriesList full = {{"postgresql_guard_rung{volume=\"data\"}", 4},
                                   {"postgresql_volume_usable_bytes{volume=\"data\"}", 1 << 26},
                                   {"postgresql_volume_free_bytes{volume=\"data\"}", 1 << 26},
                                   {"postgresql_volume_size_bytes{volume=\"data\"}", 20 * kGiB}};
    const auto alerts = test::alerts_after(120, full);
    REQUIRE(alerts.size() == 1);
    CHECK(alerts[0].labels.get("alertname") == "GuardFence");
}

TEST_CASE("an_eviction_that_made_room_at_once_is_one_critical_message", "[rules]") {
    rules::Engine engine(test::shipped_rules());
    history::History history;
    std::set<std::string> alerts;
    for (TimestampMs now = 0; now <= 60'000; now += 1000) {
        // Seen in three collections: the rung is left after ten seconds.
        const double rung = now < 15'000 ? 3 : 0;
        history.append(
            now, test::points(with_guard(
                     "enforce",
                     {{"postgresql_guard_rung{volume=\"wal\"}", rung},
                      {"postgresql_guard_eviction_timestamp_seconds" + evicted("done"), 0}})));
        for (const auto& alert : engine.evaluate_due(history, now, {})) {
            alerts.emplace(alert.labels.get("alertname"));
        }
    }
    CHECK(alerts == std::set<std::string>{"GuardEvicted"});
}

TEST_CASE("an_eviction_of_long_ago_is_told_no_longer", "[rules]") {
    CHECK(test::alerts_after(
              60, {{"postgresql_guard_eviction_timestamp_seconds" + evicted("done"), -3600},
                   {"postgresql_guard_eviction_timestamp_seconds" + evicted("would"), -900},
                   {"postgresql_guard_eviction_timestamp_seconds" + evicted("failed"), 0},
                   {happened("fence lifted", "done"), -900},
                   {happened("fence lifted", "would"), 0},
                   {happened("drill", "done"), -120}})
              .empty());
}

TEST_CASE("an_archiver_that_fails_is_not_called_stuck_as_well", "[rules]") {
    const test::SeriesList failing = {{"postgresql_guard_archiver_stuck", 1},
                                      {"postgresql_archiver_last_failed_timestamp_seconds", 200}};
    auto failed_after_success = failing;
    failed_after_success.emplace_back("postgresql_archiver_last_archived_timestamp_seconds", 100);
    for (const auto& series : {failing, failed_after_success}) {
        const auto alerts = test::alerts_after(120, series);
        REQUIRE(alerts.size() == 1);
        CHECK(alerts[0].labels.get("alertname") == "ArchiverFailing");
    }
    // and one that has never tried anything
    CHECK(test::alerts_after(120, {{"postgresql_guard_archiver_stuck", 1}}).size() == 1);
}

TEST_CASE("a_ballast_is_missed_only_where_the_guard_acts_and_has_room", "[rules]") {
    const std::string ballast = "postgresql_guard_ballast_bytes{volume=\"wal\"}";
    const std::string enforce = "postgresql_guard_mode{mode=\"enforce\"}";
    const std::string rung = "postgresql_guard_rung{volume=\"wal\"}";
    CHECK(test::alerts_after(700, {{ballast, 0}, {enforce, 0}, {rung, 0}}).empty());
    CHECK(test::alerts_after(700, {{ballast, 1}, {enforce, 1}, {rung, 0}}).empty());
    for (const auto& alert : test::alerts_after(700, {{ballast, 0}, {enforce, 1}, {rung, 1}})) {
        CHECK(alert.labels.get("alertname") == "GuardWatch");
    }
}
